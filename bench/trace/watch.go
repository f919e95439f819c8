package trace

import (
	"bufio"
	"bytes"
	"time"
)

// watch reads what memcached logs to a client that has sent "watch fetchers mutations":
//
//	ts=1796031656.172309 gid=2 type=item_get key=a status=not_found clsid=0 cfd=25 size=0
//
// A command that changes an item looks it up first, which is logged as a read by the same connection, in the line before
// that of the change. So each read is held back until the next line has come.
type watch struct {
	r     *Reader
	l     *lines
	clock clock
	held  watched // a read, or a change that comes after one; without a key: nothing is held
	line  watched
	ready watched // is returned next, if it has a key
}

// watched is a line of the log.
type watched struct {
	at           time.Duration
	kind, status string
	key, client  []byte
	cmd          []byte
	size         int64
	ttl          time.Duration
}

func openWatch(r *Reader, in *bufio.Reader) (source, error) {
	return &watch{r: r, l: newLines(in)}, nil
}

func (s *watch) next(q *Request) error {
	for {
		if len(s.ready.key) > 0 {
			*q = s.request(&s.ready)
			s.ready.key = s.ready.key[:0]
			return nil
		}
		text, err := s.l.next()
		if err != nil {
			if len(s.held.key) == 0 {
				return err
			}
			s.ready, s.held = s.held, s.ready // another call will return err
			continue
		}
		if string(text) == "OK" {
			continue // the reply to watch
		}
		if bytes.HasPrefix(text, []byte("skipped=")) {
			s.r.changed("gaps where memcached left lines out")
			continue
		}
		if !s.split(text) {
			return s.l.wrong("%.100q is not what memcached logs: ts=1.5 gid=1 type=item_get key=a status=found clsid=1 cfd=5 size=3", text)
		}
		s.see()
	}
}

// see decides what follows from a line.
func (s *watch) see() {
	line := &s.line
	held := len(s.held.key) > 0
	switch {
	case len(line.key) == 0:
		s.r.changed("lines of the log without a key left out")
		return
	case line.kind == "item_get":
	case line.kind == "item_store", line.kind == "deleted":
		if held && s.held.kind == "item_get" && bytes.Equal(s.held.key, line.key) && bytes.Equal(s.held.client, line.client) {
			s.held.key, held = s.held.key[:0], false
		}
		if line.kind == "item_store" && line.status != "stored" {
			s.r.changed("refused stores left out")
			return
		}
	default:
		s.r.changed(line.kind + " left out")
		return
	}
	if line.kind == "item_get" || held { // what was held, if anything, is ready, and the line is held in its place
		s.ready, s.held, s.line = s.held, s.line, s.ready
		return
	}
	s.ready, s.line = s.line, s.ready
}

// split divides a line into its fields.
func (s *watch) split(text []byte) bool {
	w := &s.line
	w.kind, w.status, w.size, w.ttl = "", "", -1, 0
	w.key, w.client, w.cmd = w.key[:0], w.client[:0], w.cmd[:0]
	for field := range bytes.FieldsSeq(text) {
		name, value, ok := bytes.Cut(field, []byte("="))
		if !ok {
			return false
		}
		switch string(name) {
		case "ts":
			whole, billionths, ok := fraction(value)
			if !ok {
				return false
			}
			if w.at, ok = s.clock.at(whole, billionths); !ok {
				return false
			}
		case "type":
			w.kind = string(value)
		case "status":
			w.status = string(value)
		case "key":
			w.key = unescapePercent(w.key, value)
		case "cmd":
			w.cmd = append(w.cmd, value...)
		case "cfd":
			w.client = append(w.client, value...)
		case "size":
			if n, ok := number(value); ok && n < 1<<50 {
				w.size = int64(n)
			}
		case "ttl":
			if n, ok := number(value); ok {
				w.ttl = time.Duration(min(n, 1<<32)) * time.Second
			}
		}
	}
	return w.kind != ""
}

// request is the request of a line.
func (s *watch) request(w *watched) Request {
	q := Request{Time: w.at, Key: w.key, Size: w.size}
	switch {
	case w.kind == "deleted":
		q.Op, q.Size = Delete, -1
	case w.kind == "item_store":
		q.Op, q.TTL = Set, w.ttl
		if _, known := operations[string(w.cmd)]; known && len(w.cmd) > 0 {
			s.r.op(w.cmd) // counts what is replayed as a set
		}
	case w.status != "found":
		q.Size = -1
	}
	return q
}

// unescapePercent appends text to dst, with %XX for bytes as memcached logs them.
func unescapePercent(dst, text []byte) []byte {
	for i := 0; i < len(text); i++ {
		if text[i] == '%' && i+2 < len(text) {
			dst = append(dst, hexDigit(text[i+1])<<4|hexDigit(text[i+2]))
			i += 2
			continue
		}
		dst = append(dst, text[i])
	}
	return dst
}
