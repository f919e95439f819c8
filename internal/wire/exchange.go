package wire

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Reply is one decoded reply of RESP2 or RESP3. It is for programs and tests that send few
// requests; the Go client and the load generator have decoders that do not allocate.
type Reply struct {
	Kind  byte    // the first byte: + - : $ * _ % ~ = , # ( or >
	Text  string  // its text; empty for a collection
	Null  bool    // $-1, *-1 or _
	Elems []Reply // of an array, a set, or a map, whose keys and values alternate
	Raw   string  // the bytes received, also of a reply with an error
}

// ErrorReply is the text of an error reply.
type ErrorReply string

func (e ErrorReply) Error() string { return "error reply: " + string(e) }

// Do writes one request to w and reads its reply from r. It returns an error reply as an ErrorReply.
func Do(w io.Writer, r *bufio.Reader, args ...string) (Reply, error) {
	if _, err := w.Write(Request(nil, args...)); err != nil {
		return Reply{}, err
	}
	rep, err := ReadReply(r)
	if err == nil && rep.Kind == '-' {
		err = ErrorReply(rep.Text)
	}
	return rep, err
}

// ReadReply reads one reply.
func ReadReply(r *bufio.Reader) (Reply, error) {
	line, err := r.ReadString('\n')
	if err != nil {
		return Reply{Raw: line}, err
	}
	if len(line) < 3 || !strings.HasSuffix(line, "\r\n") {
		return Reply{Raw: line}, fmt.Errorf("no reply begins %q", line)
	}
	rep := Reply{Kind: line[0], Text: line[1 : len(line)-2], Raw: line}
	switch rep.Kind {
	case '+', '-', ':', ',', '#', '(':
	case '_':
		rep.Null = true
	case '$', '=':
		err = rep.bulk(r)
	case '*', '%', '~', '>':
		err = rep.collection(r)
	default:
		err = fmt.Errorf("no reply begins %q", line)
	}
	return rep, err
}

func (rep *Reply) bulk(r *bufio.Reader) error {
	n, err := strconv.Atoi(rep.Text)
	if err != nil || n < -1 {
		return fmt.Errorf("a length of %q", rep.Text)
	}
	if rep.Text = ""; n < 0 {
		rep.Null = true
		return nil
	}
	b := make([]byte, n+2)
	got, err := io.ReadFull(r, b)
	if rep.Raw += string(b[:got]); err != nil {
		return err
	}
	if string(b[n:]) != "\r\n" {
		return fmt.Errorf("a string of %d bytes ends %q", n, b[n:])
	}
	rep.Text = string(b[:n])
	return nil
}

func (rep *Reply) collection(r *bufio.Reader) error {
	n, err := strconv.Atoi(rep.Text)
	if err != nil || n < -1 {
		return fmt.Errorf("a count of %q", rep.Text)
	}
	if rep.Text = ""; n < 0 {
		rep.Null = true
		return nil
	}
	if rep.Kind == '%' {
		n *= 2
	}
	var raw strings.Builder
	raw.WriteString(rep.Raw)
	defer func() { rep.Raw = raw.String() }()
	for range n {
		e, err := ReadReply(r)
		if raw.WriteString(e.Raw); err != nil {
			return err
		}
		rep.Elems = append(rep.Elems, e)
	}
	return nil
}

// Texts returns the texts of a collection's elements.
func (rep Reply) Texts() []string {
	var all []string
	for _, e := range rep.Elems {
		all = append(all, e.Text)
	}
	return all
}

// Int returns the number of an integer reply, and 0 for any other.
func (rep Reply) Int() int64 {
	n, _ := strconv.ParseInt(rep.Text, 10, 64)
	return n
}

// String returns the reply's bytes quoted, the first 400 of a longer one.
func (rep Reply) String() string {
	if len(rep.Raw) > 400 {
		return fmt.Sprintf("%q... (%d bytes)", rep.Raw[:400], len(rep.Raw))
	}
	return fmt.Sprintf("%q", rep.Raw)
}

// Request appends a request, an array of bulk strings.
func Request(dst []byte, args ...string) []byte {
	dst = Array(dst, len(args))
	for _, a := range args {
		dst = BulkString(dst, a)
	}
	return dst
}
