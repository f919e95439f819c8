package sut

import (
	"bytes"
	"fmt"
	"strconv"
	"time"

	"github.com/cachegopher/cachegopher/bench/workload"
	"github.com/cachegopher/cachegopher/internal/wire"
)

// Memcached is memcached's text protocol.
type Memcached struct{}

// Append encodes q.
func (Memcached) Append(dst []byte, q *Query) []byte {
	switch q.Kind {
	case workload.Get:
		dst = append(append(dst, "get "...), q.Key...)
	case workload.Set:
		dst = append(append(dst, "set "...), q.Key...)
		dst = strconv.AppendInt(append(dst, " 0 "...), exptime(q.Expiry), 10)
		dst = strconv.AppendInt(append(dst, ' '), int64(len(q.Value)), 10)
		dst = append(append(dst, '\r', '\n'), q.Value...)
	case workload.Delete:
		dst = append(append(dst, "delete "...), q.Key...)
	case workload.MGet:
		dst = append(dst, "get"...)
		for _, k := range q.Keys {
			dst = append(append(dst, ' '), k...)
		}
	case workload.Incr:
		dst = append(append(append(dst, "incr "...), q.Key...), " 1"...)
	default:
		dst = append(append(dst, "touch "...), q.Key...)
		dst = strconv.AppendInt(append(dst, ' '), exptime(q.Expiry), 10)
	}
	return append(dst, '\r', '\n')
}

// exptime is how memcached is told a time to live: it takes more than 30 days for a time of day.
func exptime(d time.Duration) int64 {
	if d > 30*24*time.Hour {
		return time.Now().Add(d).Unix()
	}
	return seconds(d)
}

// AppendReply encodes the reply to q.
func (Memcached) AppendReply(dst []byte, q *Query) []byte {
	if q.Kind == workload.Get {
		return fmt.Appendf(dst, "VALUE %s 0 %d\r\n%s\r\nEND\r\n", q.Key, len(q.Value), q.Value)
	}
	return append(dst, "STORED\r\n"...)
}

// Parse decodes a reply.
func (Memcached) Parse(buf []byte, k workload.Kind, keys int, r *Reply) (int, error) {
	r.Values, r.Echo = r.Values[:0], r.Echo[:0]
	for n := 0; ; {
		text, m := line(buf[n:])
		if m == 0 {
			return 0, nil
		}
		n += m
		if k.Reads() && bytes.HasPrefix(text, []byte("VALUE ")) && len(r.Values) < keys {
			key, size, ok := valueHead(text[len("VALUE "):])
			if !ok {
				return 0, errProtocol
			}
			end := n + size
			if len(buf) < end+2 {
				return 0, nil
			}
			if buf[end] != '\r' || buf[end+1] != '\n' {
				return 0, errProtocol
			}
			r.Values, r.Echo = append(r.Values, buf[n:end]), append(r.Echo, key)
			n = end + 2
			continue
		}
		return n, memcachedEnd(text, k, r)
	}
}

// memcachedEnd reads the last line of a reply.
func memcachedEnd(text []byte, k workload.Kind, r *Reply) error {
	switch string(text) {
	case "END":
		r.Outcome = Hit
		if k == workload.Get {
			if len(r.Values) == 0 {
				r.Outcome = Miss
			} else {
				r.Value = r.Values[0]
			}
		} else if k != workload.MGet {
			return errProtocol
		}
	case "STORED", "DELETED", "TOUCHED":
		r.Outcome = Done
	case "NOT_FOUND":
		r.Outcome = Miss
	default:
		if v, ok := wire.ParseInt(text); ok && k == workload.Incr {
			r.Outcome, r.Number = Number, v
			return nil
		}
		if !bytes.HasPrefix(text, []byte("ERROR")) && !bytes.HasPrefix(text, []byte("CLIENT_ERROR")) &&
			!bytes.HasPrefix(text, []byte("SERVER_ERROR")) && !bytes.HasPrefix(text, []byte("NOT_STORED")) {
			return errProtocol
		}
		r.Outcome, r.Text = Refused, text
	}
	return nil
}

// valueHead parses KEY FLAGS BYTES.
func valueHead(b []byte) (key []byte, size int, ok bool) {
	i := bytes.IndexByte(b, ' ')
	j := bytes.LastIndexByte(b, ' ')
	if i < 0 || j <= i {
		return nil, 0, false
	}
	n, ok := wire.ParseInt(b[j+1:])
	return b[:i], int(n), ok && n >= 0 && n <= 1<<30
}
