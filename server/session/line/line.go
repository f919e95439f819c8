// Package line is CacheGopher's own dialect, for people at a terminal: a request is a line, and so is each reply.
package line

import (
	"github.com/cachegopher/cachegopher/internal/wire"
	"github.com/cachegopher/cachegopher/server/session"
)

// Dialect accepts every connection, so it must be the last that a node tries.
var Dialect = session.Dialect{
	Name:     "line",
	Encoding: encoding{},
	Opens:    func([]byte) wire.Verdict { return wire.Own },
	Forms:    func(c *session.Command) []session.Form { return c.Line },
	Decoder:  func() session.Decoder { return &decoder{} },
	Usage:    func(c *session.Call, h *session.Handler) { name, syntax := h.Form(); usage(&c.Writer, name, syntax) },
	Unknown:  func(c *session.Call) { unknownWord(&c.Writer, c.Arg(0)) },
}

type decoder struct {
	line wire.Line
	met  bool // the first line has arrived and is not another protocol's greeting
}

// Need is 0, since the length of a line is unknown until its end.
func (d *decoder) Need() int { return 0 }

func (d *decoder) Decode(c *session.Call, b *session.Batch, in []byte) (used int, more bool) {
	if !d.met && d.foreign(c, in) {
		return len(in), false
	}
	span, size, status := d.line.Next(in, 0)
	switch status {
	case wire.More:
		return size, false
	case wire.Oversize:
		tooLong(c, &d.line)
		return size, true
	}
	for end := 0; ; {
		end += size
		line := span.Of(in)
		if wire.LooksLikeHTTP(line) {
			if b.Len() == 0 {
				c.Close(speaks + "HTTP")
				return size, false
			}
			return 0, true
		}
		first := len(b.Args)
		b.Add(split(c, b, line, span.Off), in, first, end)
		if b.Full() {
			return 0, true
		}
		var ahead wire.Line // looks ahead without keeping state
		if span, size, status = ahead.Next(in, end); status != wire.OK {
			return 0, true
		}
	}
}

// split appends the fields of a line and finds its command.
func split(c *session.Call, b *session.Batch, line []byte, offset uint32) *session.Handler {
	first := len(b.Args)
	b.Args = wire.Fields(line, offset, 2, b.Args)
	h := find(c, line[:b.Args[first].Len])
	if h != nil && h.Split() != 2 {
		b.Args = wire.Fields(line, offset, h.Split(), b.Args[:first])
	}
	return h
}

// find returns the handler of a word, or nil. Words in lower case are not commands of this dialect.
func find(c *session.Call, word []byte) *session.Handler {
	for _, b := range word {
		if b >= 'a' && b <= 'z' {
			return nil
		}
	}
	return c.Find(word)
}

// tooLong answers a line that the decoder has dropped.
func tooLong(c *session.Call, d *wire.Line) {
	h := find(c, d.Word())
	c.NotExecuted()
	switch {
	case h == nil:
		unknownWord(&c.Writer, d.Word())
		d.Size()
	case !h.HasKey():
		c.Reject(h)
		d.Size()
	default:
		c.TooLarge(d.Size())
	}
}
