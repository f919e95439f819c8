package session

import (
	"strings"

	"github.com/cachegopher/cachegopher/internal/wire"
	"github.com/cachegopher/cachegopher/lru"
	"github.com/cachegopher/cachegopher/server/session/reply"
)

// respDialect is the protocol of Redis, versions 2 and 3.
var respDialect = dialect{
	name:    "RESP",
	style:   reply.RESP,
	opens:   func(first byte) bool { return first == '*' },
	decode:  (*Session).decodeRESP,
	usage:   func(c *Call, h *handler) { c.WrongArgs(h.name) },
	unknown: respUnknown,
	need:    func(s *Session) int { return s.resp.Need() },
}

// decodeRESP decodes the requests at the front of in into the batch. It returns
// how many, and, when there are none, the bytes used and whether to go on.
func (s *Session) decodeRESP(c *Call, in []byte) (n, used int, more bool) {
	l := c.l
	l.args = l.args[:0]
	var size int
	var st wire.Status
	var inline bool
	l.args, size, st, inline = s.resp.Next(in, 0, l.args)
	switch st {
	case wire.More:
		return 0, size, false
	case wire.Bad:
		s.protocolError(c, s.resp.Err())
		return 0, 0, false
	case wire.Oversize:
		c.cmd = nil
		c.TooLarge(s.resp.Size())
		s.spoil()
		return 0, size, true
	}
	if inline {
		return 0, s.inline(c, in, size), true
	}
	if len(l.args) == 0 {
		return 0, size, true
	}
	for first, end := 0, size; ; {
		cmd := s.n.table.find(l.args[first].Of(in))
		l.add(n, cmd, in, first, end)
		n++
		if n == lru.MaxBatch {
			return n, 0, true
		}
		first = len(l.args)
		l.args, size = wire.Whole(in, end, l.args)
		if size == 0 || len(l.args) == first {
			return n, 0, true
		}
		end += size
	}
}

// inline executes a request that came as a line within RESP.
func (s *Session) inline(c *Call, in []byte, size int) (used int) {
	line := c.l.args[0].Of(in)
	if wire.LooksLikeHTTP(line) {
		s.closing, s.reason = true, speaks+"HTTP"
		return size
	}
	text, args, ok := wire.SplitInline(line, nil, c.l.args[:0])
	c.l.args = args
	if !ok {
		s.protocolError(c, "Protocol error: unbalanced quotes in request")
		return size
	}
	if len(args) == 0 {
		return size
	}
	c.l.add(0, s.n.table.find(args[0].Of(text)), text, 0, size)
	if s.execute(c, text, 1, len(c.Out)+1) == 0 {
		return 0
	}
	return size
}

func (s *Session) protocolError(c *Call, text string) {
	c.cmd = nil
	c.Fail(text)
	s.closing, s.reason = true, text
}

// respUnknown answers a command that there is not, as Redis words it.
func respUnknown(c *Call) {
	var b strings.Builder
	b.WriteString("unknown command '")
	b.Write(upTo(c.Arg(0), 128))
	b.WriteString("', with args beginning with: ")
	for i, args := 1, 0; i < len(c.args) && args < 128; i++ {
		a := upTo(c.Arg(i), 128-args)
		b.WriteByte('\'')
		b.Write(a)
		b.WriteString("' ")
		args += len(a) + 3
	}
	c.Fail(b.String())
}
