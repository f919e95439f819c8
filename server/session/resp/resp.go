// Package resp is the protocol of Redis, versions 2 and 3, as a dialect of a node.
package resp

import (
	"strings"

	"github.com/cachegopher/cachegopher/internal/wire"
	"github.com/cachegopher/cachegopher/server/session"
)

// Dialect accepts the connections that begin with an array.
var Dialect = session.Dialect{
	Name:    "RESP",
	Opens:   opens,
	Whole:   wire.Whole,
	Decoder: func() session.Decoder { return &decoder{} },
	Usage:   func(c *session.Call, h *session.Handler) { c.WrongArgs(h.ShownName()) },
	Unknown: unknown,
}

// opens judges the first byte: connections that begin with an inline request speak the line dialect.
func opens(in []byte) wire.Verdict {
	if in[0] == '*' {
		return wire.Own
	}
	return wire.Other
}

type decoder struct{ wire.RESP }

// Decode decodes arrays of bulk strings, and executes an inline request at once.
func (d *decoder) Decode(c *session.Call, b *session.Batch, in []byte) (used int, more bool) {
	var size int
	var status wire.Status
	var inline bool
	b.Args, size, status, inline = d.Next(in, 0, b.Args)
	switch status {
	case wire.More:
		return size, false
	case wire.Bad:
		protocolError(c, d.Err())
		return 0, false
	case wire.Oversize:
		c.Oversized(d.Size())
		return size, true
	}
	if inline {
		return executeInline(c, b, in, size), true
	}
	if len(b.Args) == 0 {
		return size, true
	}
	for first, end := 0, size; ; end += size {
		b.Add(c.Find(b.Args[first].Of(in)), in, first, end)
		if b.Full() {
			return 0, true
		}
		first = len(b.Args)
		b.Args, size = wire.Whole(in, end, b.Args)
		if size == 0 || len(b.Args) == first {
			return 0, true
		}
	}
}

// executeInline executes an inline request of size bytes.
func executeInline(c *session.Call, b *session.Batch, in []byte, size int) (used int) {
	line := b.Args[0].Of(in)
	if wire.LooksLikeHTTP(line) {
		c.Close("the client speaks HTTP")
		return size
	}
	text, args, ok := wire.SplitInline(line, nil, b.Args[:0])
	b.Args = args
	if !ok {
		protocolError(c, "Protocol error: unbalanced quotes in request")
		return size
	}
	if len(args) == 0 {
		return size
	}
	b.Add(c.Find(args[0].Of(text)), text, 0, size)
	if !c.Execute(text) {
		return 0
	}
	return size
}

func protocolError(c *session.Call, text string) {
	c.NotExecuted()
	c.Fail(text)
	c.Close(text)
}

// shown bounds the bytes of an unknown command, and those of its arguments together, that the error shows.
const shown = 128

// unknown answers a request whose command does not exist, in the words of Redis.
func unknown(c *session.Call) {
	var b strings.Builder
	b.WriteString("unknown command '")
	b.Write(c.Front(0, shown))
	b.WriteString("', with args beginning with: ")
	for i, args := 1, 0; i < c.NArg() && args < shown; i++ {
		a := c.Front(i, shown-args)
		b.WriteByte('\'')
		b.Write(a)
		b.WriteString("' ")
		args += len(a) + 3
	}
	c.Fail(b.String())
}
