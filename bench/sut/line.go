package sut

import (
	"bytes"
	"strconv"

	"github.com/cachegopher/cachegopher/bench/workload"
	"github.com/cachegopher/cachegopher/internal/wire"
)

// Line is CacheGopher's line dialect.
type Line struct{}

var (
	lineError    = []byte("ERROR: ")
	lineNotFound = []byte("ERROR: Key not found")
)

// Append encodes q.
func (Line) Append(dst []byte, q *Query) []byte {
	switch q.Kind {
	case workload.Get:
		dst = append(append(dst, "GET "...), q.Key...)
	case workload.Set:
		if q.Expiry > 0 {
			dst = append(append(dst, "SETEX "...), q.Key...)
			dst = strconv.AppendInt(append(dst, ' '), seconds(q.Expiry), 10)
		} else {
			dst = append(append(dst, "SET "...), q.Key...)
		}
		dst = append(append(dst, ' '), q.Value...)
	case workload.Delete:
		dst = append(append(dst, "DELETE "...), q.Key...)
	case workload.MGet:
		dst = append(dst, "MGET"...)
		for _, k := range q.Keys {
			dst = append(append(dst, ' '), k...)
		}
	case workload.Incr:
		dst = append(append(dst, "INCR "...), q.Key...)
	default:
		dst = append(append(dst, "EXPIRE "...), q.Key...)
		dst = strconv.AppendInt(append(dst, ' '), seconds(q.Expiry), 10)
	}
	return append(dst, '\n')
}

// AppendReply encodes the reply to q.
func (Line) AppendReply(dst []byte, q *Query) []byte {
	if q.Kind == workload.Get {
		return append(append(dst, q.Value...), '\n')
	}
	return append(dst, "OK\n"...)
}

// Parse decodes a reply.
func (Line) Parse(buf []byte, k workload.Kind, keys int, r *Reply) (int, error) {
	if k == workload.MGet {
		return parseLines(buf, keys, r)
	}
	n := bytes.IndexByte(buf, '\n')
	if n < 0 {
		return 0, nil
	}
	text := buf[:n]
	switch {
	case bytes.HasPrefix(text, lineError):
		if bytes.Equal(text, lineNotFound) {
			r.Outcome = Miss
		} else {
			r.Outcome, r.Text = Refused, text[len(lineError):]
		}
	case k == workload.Get:
		r.Outcome, r.Value = Hit, text
	case k == workload.Incr:
		v, ok := wire.ParseInt(text)
		if !ok {
			return 0, errProtocol
		}
		r.Outcome, r.Number = Number, v
	case string(text) == "OK":
		r.Outcome = Done
	default:
		return 0, errProtocol
	}
	return n + 1, nil
}

func parseLines(buf []byte, keys int, r *Reply) (n int, err error) {
	r.Values = r.Values[:0]
	for i := range keys {
		end := bytes.IndexByte(buf[n:], '\n')
		if end < 0 {
			return 0, nil
		}
		text := buf[n : n+end]
		n += end + 1
		switch {
		case bytes.Equal(text, lineNotFound):
			r.Values = append(r.Values, nil)
		case i == 0 && bytes.HasPrefix(text, lineError):
			r.Outcome, r.Text = Refused, text[len(lineError):]
			return n, nil
		default:
			r.Values = append(r.Values, text)
		}
	}
	r.Outcome, r.Echo = Hit, nil
	return n, nil
}
