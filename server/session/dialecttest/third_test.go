package dialecttest

import (
	"bytes"
	"slices"
	"strconv"
	"testing"

	"github.com/cachegopher/cachegopher/internal/wire"
	"github.com/cachegopher/cachegopher/lru"
	"github.com/cachegopher/cachegopher/server/session"
	"github.com/cachegopher/cachegopher/server/session/reply"
)

// third is a dialect that no node speaks: a small part of memcached's text protocol. It is made of exported parts of
// package session alone.
var third = session.Dialect{
	Name: "third", Encoding: encoding{}, Opens: opens, Forms: forms,
	Decoder: func() session.Decoder { return &decoder{} },
	Usage:   func(c *session.Call, _ *session.Handler) { c.Fail("bad command line format") },
	Unknown: func(c *session.Call) { c.NotExecuted(); c.Raw([]byte("ERROR\r\n")) },
}

var words = []string{"get ", "set ", "delete "}

// opens recognises the dialect by its first word in lower case.
func opens(in []byte) wire.Verdict {
	verdict := wire.Other
	for _, w := range words {
		n := min(len(in), len(w))
		switch {
		case string(in[:n]) != w[:n]:
		case n == len(w):
			return wire.Own
		default:
			verdict = wire.Unknown
		}
	}
	return verdict
}

// forms are declared by the dialect: no command's literal has them.
func forms(c *session.Command) []session.Form {
	switch c.Name {
	case "GET":
		return []session.Form{{Min: 2, Max: 100, Key: 1, Run: get}}
	case "SET":
		return []session.Form{{Min: 3, Max: 3, Key: 1, Words: &reply.Words{OK: "STORED"}}}
	case "DEL":
		return []session.Form{{Name: "DELETE", Min: 2, Max: 2, Key: 1, Words: &reply.Words{One: "DELETED", Zero: "NOT_FOUND"}}}
	}
	return nil
}

// get answers with the existing entries.
func get(c *session.Call) {
	for i := 1; i < c.NArg(); i++ {
		s, e, ok := c.Get(c.Hash(i), c.Arg(i))
		if ok {
			c.Value(c.Arg(i), s, e)
		}
		c.Unlock(s)
	}
	c.Raw([]byte("END\r\n"))
}

type decoder struct{}

func (decoder) Need() int { return 0 }

// Decode decodes one request without validating it.
func (decoder) Decode(c *session.Call, b *session.Batch, in []byte) (used int, more bool) {
	end := bytes.Index(in, []byte("\r\n"))
	if end < 0 {
		return 0, false
	}
	b.Args = wire.Fields(in[:end], 0, 100, b.Args)
	name, size := b.Args[0].Of(in), end+2
	if string(name) == "set" {
		n, _ := strconv.Atoi(string(b.Args[4].Of(in)))
		if len(in) < size+n+2 {
			b.Args = b.Args[:0]
			return 0, false
		}
		b.Args = append(b.Args[:2], wire.Span{Off: uint32(size), Len: uint32(n)})
		size += n + 2
	}
	b.Add(c.Find(name), in, 0, size)
	return 0, true
}

type encoding struct{}

func put(w *reply.Writer, s string) { w.Out = append(append(w.Out, s...), "\r\n"...) }

func (encoding) OK(w *reply.Writer)                 { put(w, w.Words.OK) }
func (encoding) Status(w *reply.Writer, s string)   { put(w, s) }
func (encoding) Missing(w *reply.Writer)            { put(w, "NOT_FOUND") }
func (encoding) Array(*reply.Writer, int)           {}
func (encoding) Verbatim(w *reply.Writer, s string) { put(w, s) }
func (encoding) AppendBulk(dst, b []byte) []byte    { return append(append(dst, b...), "\r\n"...) }

func (encoding) Integer(w *reply.Writer, n int64) {
	if n == 0 {
		put(w, w.Words.Zero)
		return
	}
	put(w, w.Words.One)
}

func (encoding) Value(w *reply.Writer, key []byte, s *lru.Shard, e lru.Entry) {
	put(w, "VALUE "+string(key)+" 0 "+strconv.Itoa(s.Len(e)))
	w.Out = append(s.AppendValue(w.Out, e), "\r\n"...)
}

func (encoding) Error(w *reply.Writer, e reply.Error) {
	class := "CLIENT_ERROR "
	if slices.Contains([]reply.Code{reply.OutOfMemory, reply.Loading, reply.ReadOnly, reply.TryAgain}, e.Code) {
		class = "SERVER_ERROR "
	}
	put(w, class+e.Text)
}

func (encoding) TooLarge(w *reply.Writer, _ uint64) {
	put(w, "SERVER_ERROR object too large for cache")
}

// TestThirdDialect adds a dialect to a node's from outside the package. The others must work as before.
func TestThirdDialect(t *testing.T) {
	for _, r := range []struct{ dialect, in, want string }{
		{"third", "set k 0 0 5\r\na\r\nbc\r\nget k\r\n", "STORED\r\nVALUE k 0 5\r\na\r\nbc\r\nEND\r\n"},
		{"third", "get none\r\ndelete none\r\n", "END\r\nNOT_FOUND\r\n"},
		{"third", "set a 0 0 1\r\n1\r\nset b 0 0 1\r\n2\r\nget a none b\r\ndelete a\r\nget a b\r\n",
			"STORED\r\nSTORED\r\nVALUE a 0 1\r\n1\r\nVALUE b 0 1\r\n2\r\nEND\r\nDELETED\r\nVALUE b 0 1\r\n2\r\nEND\r\n"},
		{"third", "delete\x20\r\nget k\r\nnonsense\r\n", "CLIENT_ERROR key is empty\r\nEND\r\nERROR\r\n"},
		{"RESP", "*1\r\n$4\r\nPING\r\n", "+PONG\r\n"},
		{"line", "GET k\nPING\n", "ERROR: Key not found\nPONG\n"},
		{"line", "gem\nPING\n", "ERROR: Unknown command: gem\nPONG\n"}, // resembles the third dialect
	} {
		for cut := range len(r.in) {
			if got, closed := talk(t, Connect(t, lru.Options{}, &third), r.dialect, r.in[:cut], r.in[cut:]); got != r.want || closed {
				t.Fatalf("%q, then %q, gets %q, closed: %v; want %q", r.in[:cut], r.in[cut:], got, closed, r.want)
			}
		}
	}
}
