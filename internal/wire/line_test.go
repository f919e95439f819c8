package wire

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// lineConnection keeps the bytes that a line decoder has not used, as a server does.
type lineConnection struct {
	d    Line
	buf  []byte
	got  []string // a text for each line
	kept int      // the most bytes kept between two calls
}

// arrive passes the next bytes to the decoder. They lie in the middle of a larger buffer.
func (c *lineConnection) arrive(t testing.TB, part []byte) {
	const before, after = "LEFT\n", "RIGHT\n"
	all := []byte(before + string(c.buf) + string(part) + after)
	end := len(all) - len(after)
	for at := len(before); ; {
		line, n, st := c.d.Next(all[:end:end], at)
		if n < 0 || n > end-at {
			t.Fatalf("%d bytes used of %d", n, end-at)
		}
		from := at
		at += n
		switch st {
		case More:
			c.buf = append(c.buf[:0], all[at:end]...)
			c.kept = max(c.kept, len(c.buf))
			return
		case OK:
			if int(line.Off) != from || int(line.Len) > n-1 {
				t.Fatalf("the span %v is outside of the %d bytes used from %d", line, n, from)
			}
			c.got = append(c.got, fmt.Sprintf("%q", line.Of(all)))
		case Oversize:
			word := string(c.d.Word())
			c.got = append(c.got, fmt.Sprintf("oversize %q %d", word, c.d.Size()))
		default:
			t.Fatalf("status %d", st)
		}
	}
}

// decodeLines decodes the input, which arrives in parts cut at the given offsets.
func decodeLines(t testing.TB, in []byte, cuts ...int) *lineConnection {
	c, from := &lineConnection{}, 0
	for _, to := range cuts {
		c.arrive(t, in[from:to])
		from = to
	}
	c.arrive(t, in[from:])
	return c
}

// plainLines is a simple model of decodeLines.
func plainLines(in []byte) (all []string) {
	lines := bytes.Split(in, []byte("\n"))
	for _, line := range lines[:len(lines)-1] {
		text, _ := bytes.CutSuffix(line, []byte("\r"))
		if len(line) <= MaxLine {
			all = append(all, fmt.Sprintf("%q", text))
			continue
		}
		fields := bytes.SplitN(text, []byte(" "), 2)
		switch word := string(fields[0]); word {
		case "SET", "SETNX":
			fields = bytes.SplitN(text, []byte(" "), 3)
		case "SETEX":
			fields = bytes.SplitN(text, []byte(" "), 4)
			if len(fields) > 2 {
				fields = append(fields[:2], fields[3:]...)
			}
		}
		size := 0
		for _, f := range fields[1:] {
			size += len(f)
		}
		all = append(all, fmt.Sprintf("oversize %q %d", fields[0][:min(len(fields[0]), maxWord)], size))
	}
	return all
}

var lineRows = []struct {
	name, in string
	want     []string
}{
	{"nothing", "", nil},
	{"one", "PING\n", []string{`"PING"`}},
	{"without its end", "PING", nil},
	{"empty lines", "\n\r\n", []string{`""`, `""`}},
	{"one CR is dropped", "PING\r\nSET k a\r\r\n\rPING\n", []string{`"PING"`, `"SET k a\r"`, `"\rPING"`}},
	{"any other byte stays", "SET k \x00\xff \t\\n\n", []string{`"SET k \x00\xff \t\\n"`}},
	{"the longest kept", strings.Repeat("x", MaxLine) + "\n", []string{fmt.Sprintf("%q", strings.Repeat("x", MaxLine))}},
	{"the longest kept with a CR", strings.Repeat("x", MaxLine-1) + "\r\n", []string{fmt.Sprintf("%q", strings.Repeat("x", MaxLine-1))}},
	{"a value", "SET key " + long + "\nPING\n", []string{fmt.Sprintf(`oversize "SET" %d`, 3+len(long)), `"PING"`}},
	{"a value with spaces and a CR", "SET key " + long + " x y\r\n", []string{fmt.Sprintf(`oversize "SET" %d`, 3+len(long)+4)}},
	{"a key", "SET " + long + " v\n", []string{fmt.Sprintf(`oversize "SET" %d`, len(long)+1)}},
	{"a key that is read", "GET " + long + "\r\n", []string{fmt.Sprintf(`oversize "GET" %d`, len(long))}},
	{"with an expiry", "SETEX key 100 " + long + "\n", []string{fmt.Sprintf(`oversize "SETEX" %d`, 3+len(long))}},
	{"a long key with an expiry", "SETEX " + long + " 100 value\n", []string{fmt.Sprintf(`oversize "SETEX" %d`, len(long)+5)}},
	{"a long expiry", "SETEX key " + long + " value\n", []string{`oversize "SETEX" 8`}},
	{"no command", long + "\n", []string{fmt.Sprintf(`oversize "%s" 0`, long[:maxWord])}},
	{"no command, with a CR", long + "\r\n", []string{fmt.Sprintf(`oversize "%s" 0`, long[:maxWord])}},
	{"several", "SET a " + long + "\nSET b " + long + long + "\n", []string{fmt.Sprintf(`oversize "SET" %d`, 1+len(long)), fmt.Sprintf(`oversize "SET" %d`, 1+2*len(long))}},
}

// TestLine decodes each row whole, cut in two at many offsets, and in small pieces. No more than MaxLine bytes
// may be kept.
func TestLine(t *testing.T) {
	for _, row := range lineRows {
		in := []byte(row.in)
		if plain := plainLines(in); !reflect.DeepEqual(plain, row.want) {
			t.Errorf("%s: the model says %.200q, want %.200q", row.name, plain, row.want)
		}
		if got := decodeLines(t, in).got; !reflect.DeepEqual(got, row.want) {
			t.Errorf("%s: %.200q, want %.200q", row.name, got, row.want)
		}
		for cut := 0; cut <= len(in); cut += 1 + len(in)/97 {
			if got := decodeLines(t, in, cut).got; !reflect.DeepEqual(got, row.want) {
				t.Errorf("%s, cut at %d: %.200q, want %.200q", row.name, cut, got, row.want)
			}
		}
		for _, step := range []int{1 + len(in)/1000, 4096, 65536} {
			c := &lineConnection{}
			for part := in; len(part) > 0; part = part[min(step, len(part)):] {
				c.arrive(t, part[:min(step, len(part))])
			}
			if !reflect.DeepEqual(c.got, row.want) {
				t.Errorf("%s, by %d bytes: %.200q, want %.200q", row.name, step, c.got, row.want)
			}
			if c.kept > MaxLine {
				t.Errorf("%s, by %d bytes: %d bytes are kept", row.name, step, c.kept)
			}
		}
	}
}

// TestLineByBytes drops a line that arrives byte by byte.
func TestLineByBytes(t *testing.T) {
	var d Line
	in := []byte("SET key " + long + " \r\n")
	buf := make([]byte, 0, 2*MaxLine)
	for i, b := range in {
		buf = append(buf, b)
		_, n, st := d.Next(buf, 0)
		buf = append(buf[:0], buf[n:]...)
		if last := i == len(in)-1; last != (st == Oversize) || !last && st != More {
			t.Fatalf("status %d after %d of %d bytes", st, i+1, len(in))
		}
	}
	word := string(d.Word()) // before Size, which clears it
	if size := d.Size(); word != "SET" || size != uint64(len(long)+4) {
		t.Errorf("%s %d, want SET %d", word, size, len(long)+4)
	}
}

// TestFields splits lines at single spaces.
func TestFields(t *testing.T) {
	for _, row := range []struct {
		line string
		most int
		want []string
	}{
		{"", 3, []string{""}},
		{"PING", 2, []string{"PING"}},
		{"SET k v w", 3, []string{"SET", "k", "v w"}},
		{"SET k  v ", 3, []string{"SET", "k", " v "}},
		{"SET  v", 3, []string{"SET", "", "v"}},
		{"SET k ", 3, []string{"SET", "k", ""}},
		{"MGET a b", 1 << 20, []string{"MGET", "a", "b"}},
		{"  ", 2, []string{"", " "}},
		{"A\tB C", 1, []string{"A\tB C"}},
	} {
		buf := []byte("12345" + row.line + "6")
		var got []string
		for _, s := range Fields(buf[5:5+len(row.line)], 5, row.most, nil) {
			got = append(got, string(s.Of(buf)))
		}
		if !reflect.DeepEqual(got, row.want) {
			t.Errorf("%q into %d: %q, want %q", row.line, row.most, got, row.want)
		}
	}
}

// TestLineValue escapes the values that hold a line end.
func TestLineValue(t *testing.T) {
	for value, want := range map[string]string{"": "", `a\n1\`: `a\n1\`, "a\nb": `a\nb`, "a\r\\n\n": `a\r\\n\n`, "\x00\xff": "\x00\xff"} {
		if got := string(AppendLineValue([]byte("x"), []byte(value))); got != "x"+want {
			t.Errorf("%q shows as %q, want %q", value, got, want)
		}
	}
}
