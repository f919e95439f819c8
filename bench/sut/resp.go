package sut

import (
	"strconv"

	"github.com/cachegopher/cachegopher/bench/workload"
	"github.com/cachegopher/cachegopher/internal/millis"
	"github.com/cachegopher/cachegopher/internal/wire"
)

// RESP is the protocol of Redis, version 2.
type RESP struct{}

// Append encodes q.
func (RESP) Append(dst []byte, q *Query) []byte {
	switch q.Kind {
	case workload.Get:
		dst = append(dst, "*2\r\n$3\r\nGET\r\n"...)
		return wire.Bulk(dst, q.Key)
	case workload.Set:
		if q.Expiry > 0 {
			dst = append(dst, "*5\r\n$3\r\nSET\r\n"...)
			dst = wire.Bulk(wire.Bulk(dst, q.Key), q.Value)
			if n := millis.Up(q.Expiry); n%1000 != 0 {
				return decimal(append(dst, "$2\r\nPX\r\n"...), n)
			}
			return decimal(append(dst, "$2\r\nEX\r\n"...), seconds(q.Expiry))
		}
		dst = append(dst, "*3\r\n$3\r\nSET\r\n"...)
		return wire.Bulk(wire.Bulk(dst, q.Key), q.Value)
	case workload.Delete:
		return wire.Bulk(append(dst, "*2\r\n$3\r\nDEL\r\n"...), q.Key)
	case workload.MGet:
		dst = append(wire.Array(dst, len(q.Keys)+1), "$4\r\nMGET\r\n"...)
		for _, k := range q.Keys {
			dst = wire.Bulk(dst, k)
		}
		return dst
	case workload.Command:
		dst = wire.Array(dst, len(q.Words))
		for _, word := range q.Words {
			dst = wire.Bulk(dst, word)
		}
		return dst
	case workload.Incr:
		return wire.Bulk(append(dst, "*2\r\n$4\r\nINCR\r\n"...), q.Key)
	}
	if n := millis.Up(q.Expiry); n%1000 != 0 {
		return decimal(wire.Bulk(append(dst, "*3\r\n$7\r\nPEXPIRE\r\n"...), q.Key), n)
	}
	return decimal(wire.Bulk(append(dst, "*3\r\n$6\r\nEXPIRE\r\n"...), q.Key), seconds(q.Expiry))
}

// AppendReply encodes the reply to q.
func (RESP) AppendReply(dst []byte, q *Query) []byte {
	if q.Kind == workload.Get {
		return wire.Bulk(dst, q.Value)
	}
	return wire.Simple(dst, "OK")
}

// decimal appends n as a bulk string.
func decimal(dst []byte, n int64) []byte {
	var room [20]byte
	return wire.Bulk(dst, strconv.AppendInt(room[:0], n, 10))
}

// Parse decodes a reply.
func (RESP) Parse(buf []byte, k workload.Kind, keys int, r *Reply) (int, error) {
	switch k {
	case workload.MGet:
	case workload.Command:
		return parseAny(buf, r)
	default:
		return parsePart(buf, r)
	}
	text, n := line(buf)
	if n == 0 {
		return 0, nil
	}
	if len(text) == 0 {
		return 0, errProtocol
	}
	if text[0] == '-' {
		r.Outcome, r.Text = Refused, text[1:]
		return n, nil
	}
	if count, ok := wire.ParseInt(text[1:]); text[0] != '*' || !ok || count != int64(keys) {
		return 0, errProtocol
	}
	r.Values = r.Values[:0]
	for range keys {
		m, err := parsePart(buf[n:], r)
		if m == 0 || err != nil {
			return 0, err
		}
		n += m
		switch r.Outcome {
		case Hit:
			r.Values = append(r.Values, r.Value)
		case Miss:
			r.Values = append(r.Values, nil)
		default:
			return 0, errProtocol
		}
	}
	r.Outcome, r.Echo = Hit, nil
	return n, nil
}

func parsePart(buf []byte, r *Reply) (int, error) {
	text, n := line(buf)
	if n == 0 {
		if len(buf) > 0 && buf[0] != '$' && buf[0] != '+' && buf[0] != '-' && buf[0] != ':' && buf[0] != '_' {
			return 0, errProtocol
		}
		return 0, nil
	}
	if len(text) == 0 {
		return 0, errProtocol
	}
	switch text[0] {
	case '+':
		r.Outcome = Done
	case '-':
		r.Outcome, r.Text = Refused, text[1:]
	case '_':
		r.Outcome = Miss
	case ':':
		v, ok := wire.ParseInt(text[1:])
		if !ok {
			return 0, errProtocol
		}
		r.Outcome, r.Number = Number, v
	case '$':
		size, ok := wire.ParseInt(text[1:])
		if !ok || size < -1 || size > 1<<30 {
			return 0, errProtocol
		}
		if size < 0 {
			r.Outcome = Miss
			return n, nil
		}
		end := n + int(size)
		if len(buf) < end+2 {
			return 0, nil
		}
		if buf[end] != '\r' || buf[end+1] != '\n' {
			return 0, errProtocol
		}
		r.Outcome, r.Value = Hit, buf[n:end]
		return end + 2, nil
	default:
		return 0, errProtocol
	}
	return n, nil
}
