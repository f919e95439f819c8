package session

import (
	"github.com/cachegopher/cachegopher/internal/wire"
	"github.com/cachegopher/cachegopher/lru"
	"github.com/cachegopher/cachegopher/server/session/reply"
)

// lineDialect is CacheGopher's own, for people at a terminal: a request a line, and replies of lines.
var lineDialect = dialect{
	name:    "line",
	style:   reply.Line,
	opens:   func(byte) bool { return true },
	decode:  (*Session).decodeLines,
	usage:   lineUsage,
	unknown: func(c *Call) { c.unknownWord(c.Arg(0)) },
	need:    func(*Session) int { return 0 },
}

// decodeLines decodes the lines at the front of in into the batch.
func (s *Session) decodeLines(c *Call, in []byte) (n, used int, more bool) {
	if !s.met && s.foreign(c, in) {
		return 0, len(in), false
	}
	l := c.l
	l.args = l.args[:0]
	span, size, st := s.line.Next(in, 0)
	switch st {
	case wire.More:
		return 0, size, false
	case wire.Oversize:
		c.lineTooLong(&s.line)
		return 0, size, true
	}
	for end := 0; ; {
		end += size
		line := span.Of(in)
		if wire.LooksLikeHTTP(line) {
			if n == 0 {
				s.closing, s.reason = true, speaks+"HTTP"
				return 0, size, false
			}
			return n, 0, true
		}
		first := len(l.args)
		l.add(n, s.splitLine(l, line, span.Off), in, first, end)
		n++
		if n == lru.MaxBatch || len(l.args) > 4096 {
			return n, 0, true
		}
		var ahead wire.Line // looks ahead without keeping state
		if span, size, st = ahead.Next(in, end); st != wire.OK {
			return n, 0, true
		}
	}
}

// splitLine appends the fields of a line and finds its command.
func (s *Session) splitLine(l *Loop, line []byte, off uint32) *handler {
	first := len(l.args)
	l.args = wire.Fields(line, off, 2, l.args)
	word := line[:l.args[first].Len]
	cmd := s.n.table.findLine(word)
	if cmd == nil {
		return nil
	}
	if cmd.split != 2 {
		l.args = wire.Fields(line, off, cmd.split, l.args[:first])
	}
	return cmd
}

// lineUsage answers a line with the wrong number of fields.
func lineUsage(c *Call, h *handler) {
	c.Usage(h.line.name(h.Command), h.line.Syntax)
}

// unknownWord answers a line whose first word is no command.
func (c *Call) unknownWord(word []byte) { c.UnknownWord(word[:min(len(word), 64)]) }

// lineTooLong answers the line that d has dropped.
func (c *Call) lineTooLong(d *wire.Line) {
	cmd := c.Node.table.findLine(d.Word())
	c.cmd = nil
	switch {
	case cmd == nil:
		c.unknownWord(d.Word())
		d.Size()
	case cmd.key == 0:
		c.l.stats.rejected(cmd.id, wrongArguments)
		lineUsage(c, cmd)
		d.Size()
	default:
		c.TooLarge(d.Size())
	}
}
