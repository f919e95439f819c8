package trace

import (
	"bufio"
	"bytes"
	"time"
)

// monitor reads what MONITOR prints: 1339518083.107412 [0 127.0.0.1:60866] "set" "key" "value".
type monitor struct {
	r     *Reader
	l     *lines
	clock clock
	now   time.Duration // of the line, since the first
	unix  time.Duration // of the line, since 1970
	args  [][]byte
	text  []byte // of args
	ends  []int  // of args, in text
	name  []byte // of the command, in small letters
	queue []Request
	at    int // in queue
}

func openMonitor(r *Reader, in *bufio.Reader) (source, error) {
	return &monitor{r: r, l: newLines(in)}, nil
}

func (s *monitor) next(q *Request) error {
	for s.at == len(s.queue) {
		line, err := s.l.next()
		if err != nil {
			return err
		}
		s.queue, s.at = s.queue[:0], 0
		if string(line) == "OK" || string(line) == "+OK" {
			continue // the reply to MONITOR
		}
		if !s.split(bytes.TrimPrefix(line, []byte("+"))) {
			return s.l.wrong("%.100q is not what MONITOR prints: 1339518083.107412 [0 127.0.0.1:60866] \"get\" \"key\"", line)
		}
		s.name = s.name[:0]
		for _, c := range s.args[0] {
			if c >= 'A' && c <= 'Z' {
				c += 'a' - 'A'
			}
			s.name = append(s.name, c)
		}
		s.command(s.args[1:])
	}
	*q = s.queue[s.at]
	s.at++
	return nil
}

// split divides a line into its time and the words of the command.
func (s *monitor) split(line []byte) (ok bool) {
	stamp, rest, ok := bytes.Cut(line, []byte(" ["))
	if !ok {
		return false
	}
	whole, billionths, ok := fraction(stamp)
	if !ok {
		return false
	}
	if s.now, ok = s.clock.at(whole, billionths); !ok {
		return false
	}
	s.unix = time.Duration(min(whole, 1<<33))*time.Second + time.Duration(billionths)
	if _, rest, ok = bytes.Cut(rest, []byte("] ")); !ok {
		return false
	}
	s.args, s.text, s.ends = s.args[:0], s.text[:0], s.ends[:0]
	for len(rest) > 0 {
		if rest, ok = s.word(rest); !ok {
			return false
		}
		s.ends = append(s.ends, len(s.text))
	}
	from := 0
	for _, end := range s.ends { // only now, because text may have moved
		s.args = append(s.args, s.text[from:end])
		from = end
	}
	return len(s.args) > 0
}

// word appends the quoted word at the front of b to text, and returns what follows it and a space.
func (s *monitor) word(b []byte) (rest []byte, ok bool) {
	if b[0] != '"' {
		return nil, false
	}
	for i := 1; i < len(b); i++ {
		switch c := b[i]; {
		case c == '"':
			return bytes.TrimPrefix(b[i+1:], []byte(" ")), true
		case c != '\\':
			s.text = append(s.text, c)
		default:
			plain, n := unescape(b[i:])
			if n == 0 {
				return nil, false
			}
			s.text = append(s.text, plain)
			i += n - 1
		}
	}
	return nil, false
}

// unescape returns the byte that b begins with, after a backslash, and how many characters that takes; 0 if it ends too soon.
func unescape(b []byte) (plain byte, n int) {
	if len(b) < 2 {
		return 0, 0
	}
	switch b[1] {
	case 'n':
		return '\n', 2
	case 'r':
		return '\r', 2
	case 't':
		return '\t', 2
	case 'a':
		return '\a', 2
	case 'b':
		return '\b', 2
	case 'x':
		if len(b) < 4 {
			return 0, 0
		}
		return hexDigit(b[2])<<4 | hexDigit(b[3]), 4
	}
	return b[1], 2
}

func hexDigit(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10
	}
	return 0
}

// add queues a request; an empty key is left out.
func (s *monitor) add(op Op, key []byte, size int, ttl time.Duration) {
	if len(key) == 0 {
		s.r.changed("requests for the empty key left out")
		return
	}
	s.queue = append(s.queue, Request{Time: s.now, Key: key, Size: int64(size), Op: op, TTL: ttl})
}
