package session

import (
	"github.com/cachegopher/cachegopher/internal/wire"
	"github.com/cachegopher/cachegopher/server/session/reply"
)

// Dialect is a request language: how requests are decoded and replies encoded. Each dialect is a package of its own; package
// commands lists those that a node speaks. A connection keeps its dialect for its whole life.
type Dialect struct {
	Name string
	// Encoding encodes replies; nil: RESP.
	Encoding reply.Encoding
	// Opens reports whether a connection that begins with in, which is not empty, speaks the dialect. While it returns
	// wire.Unknown, no other dialect is asked and nothing is executed; beyond 64 bytes, Unknown counts as wire.Other.
	Opens func(in []byte) wire.Verdict
	// Forms returns the forms that a command has in the dialect; none if it does not exist there. A nil Forms gives
	// every command one form: its own name with its own arguments.
	Forms func(*Command) []Form
	// Whole decodes a request that is complete in buf[from:]: it appends the words, and returns the request's length, 0 if it is
	// not complete or not of the usual kind. It is asked before the decoder. nil: nothing is known before.
	Whole func(buf []byte, from int, args []wire.Span) (words []wire.Span, n int)
	// Decoder returns the decoder of a new connection.
	Decoder func() Decoder
	// Usage answers a request with the wrong number of arguments, Unknown one whose command does not exist.
	Usage   func(c *Call, h *Handler)
	Unknown func(c *Call)
}

// Decoder decodes the requests of one connection, a batch at a time.
type Decoder interface {
	// Decode adds complete requests at the front of in to b, an empty batch; at least one if in has a complete request to
	// execute. If it adds none, used is the number of bytes that it has answered or dropped, and more reports whether to
	// call it again with the rest. If it adds any, both results are ignored.
	Decode(c *Call, b *Batch, in []byte) (used int, more bool)
	// Need is the known size, in bytes, of the request at the front of the input; 0: not known yet.
	Need() int
}

// spoken is a dialect with the handlers of one node's commands.
type spoken struct {
	*Dialect
	names
}

// opening is how many bytes a dialect may wait for before it must decide whether a connection speaks it.
const opening = 64

// dialectOf returns the first of the node's dialects that accepts in, the front of a connection's input; nil, with more, if a
// dialect needs more input to decide. The last dialect should accept every connection.
func (n *Node) dialectOf(in []byte) (d *spoken, more bool) {
	for _, d := range n.table.dialects {
		switch verdict := d.Opens(in); {
		case verdict == wire.Own:
			return d, false
		case verdict == wire.Unknown && len(in) < opening:
			return nil, true
		}
	}
	return nil, false
}

// decide chooses the session's dialect by the front of its input, if that suffices.
func (s *Session) decide(c *Call, in []byte) {
	switch d, more := s.n.dialectOf(in); {
	case d != nil:
		s.dialect, s.decoder = d, d.Decoder()
		if d.Forms != nil { // whoever uses it asks this node
			s.routes, s.stays = true, true
		}
		c.Begin(c.Out, d.Encoding, int(s.proto))
	case !more:
		s.closing, s.reason = true, "the client speaks no dialect of this node"
	}
}

// Find returns the handler of a name in the connection's dialect, in any letter case, or nil.
func (c *Call) Find(name []byte) *Handler { return c.Session.dialect.find(name) }

// Close closes the connection once the replies so far are sent; the reason is for the log.
func (c *Call) Close(reason string) { c.Session.closing, c.Session.reason = true, reason }

// NotExecuted makes the next error reply count as no command's failure, because the request is not executed.
func (c *Call) NotExecuted() { c.cmd = nil }

// Oversized answers a request too large to decode; size is that of key and value together, in bytes.
func (c *Call) Oversized(size uint64) {
	c.NotExecuted()
	c.TooLarge(size)
	c.Session.spoil()
}

// Reject answers a request with the wrong number of arguments, and counts it as rejected.
func (c *Call) Reject(h *Handler) {
	c.refuse(func() { c.Session.dialect.Usage(c, h) })
	c.l.stats.rejected(h.id, wrongArguments)
}

// Answer appends an encoded error reply and counts it.
func (c *Call) Answer(encoded []byte) {
	c.NotExecuted()
	c.countError(reply.Generic)
	c.Raw(encoded)
}

// Execute executes the batch of one request whose arguments are spans of text, not of the connection's input. It reports
// whether the request is finished; if not, it must be decoded again.
func (c *Call) Execute(text []byte) bool {
	done := c.Session.execute(c, text, len(c.Out)+1)
	c.l.batch.clear()
	return done > 0
}
