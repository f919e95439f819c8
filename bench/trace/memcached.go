package trace

import (
	"bufio"
	"time"
)

// memcached reads what memcached -vv prints: <28 set key 0 60 5.
type memcached struct {
	r      *Reader
	l      *lines
	fields [][]byte
	rest   [][]byte // keys of a get that are still to be returned
}

func openMemcached(r *Reader, in *bufio.Reader) (source, error) {
	return &memcached{r: r, l: newLines(in)}, nil
}

// longestRelative is the longest time to live; memcached takes a higher number for a time of day.
const longestRelative = 30 * 24 * 3600

func (s *memcached) next(q *Request) error {
	for {
		if len(s.rest) > 0 {
			*q = Request{Key: s.rest[0], Size: -1}
			s.rest = s.rest[1:]
			return nil
		}
		line, err := s.l.next()
		if err != nil {
			return err
		}
		if line[0] != '<' { // a reply, or what the server says about itself
			continue
		}
		s.fields = words(s.fields[:0], line)
		if len(s.fields) < 2 || s.fields[0][0] != '<' {
			continue
		}
		if s.command(q, s.fields[1], s.fields[2:]) {
			return nil
		}
	}
}

// command fills in the request of a command; it returns false if there is none, or if rest has its requests.
func (s *memcached) command(q *Request, word []byte, args [][]byte) bool {
	op, ok := s.r.op(word)
	if !ok || len(args) == 0 {
		s.r.changed(plainWord(word) + " left out")
		return false
	}
	*q = Request{Key: args[0], Size: -1, Op: op}
	switch {
	case op == Get && (string(word) == "gat" || string(word) == "gats"):
		s.rest = args[1:]
		return false
	case op == Get:
		s.rest = args
		return false
	case op == Set && len(args) >= 4:
		n, ok := number(args[3])
		if !ok || n > 1<<50 {
			s.r.changed("sets of no valid size left out")
			return false
		}
		q.Size, q.TTL = int64(n), s.ttl(args[2])
	case op == Touch && len(args) >= 2:
		q.TTL = s.ttl(args[1])
	case op == Set || op == Touch:
		s.r.changed("incomplete commands left out")
		return false
	}
	return true
}

// ttl reads a time to live. There is no clock in the output, so that a time of day means nothing.
func (s *memcached) ttl(text []byte) time.Duration {
	n, ok := number(text)
	if !ok || n > longestRelative {
		s.r.changed("times to live that are negative or times of day left out")
		return 0
	}
	return time.Duration(n) * time.Second
}
