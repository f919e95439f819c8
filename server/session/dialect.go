package session

import "github.com/cachegopher/cachegopher/server/session/reply"

// Dialect is a way to put requests and replies. A package of its own has it; package commands lists those that a node
// speaks. A connection speaks one for its whole life.
type Dialect struct {
	Name  string
	Style reply.Style
	// Opens reports whether a connection whose first byte this is speaks the dialect.
	Opens func(first byte) bool
	// Forms returns how the dialect puts a command, nothing if it has no words for it. nil: every command has one form,
	// its own name with its own arguments.
	Forms func(*Command) []Form
	// Decoder returns the decoder of a new connection.
	Decoder func() Decoder
	// Usage answers a request with the wrong number of arguments, Unknown one whose command does not exist.
	Usage   func(c *Call, h *Handler)
	Unknown func(c *Call)
}

// Decoder decodes the requests of one connection. It is called once a batch.
type Decoder interface {
	// Decode adds the complete requests at the front of in to the batch b, which is empty: at least one if there is one,
	// so that its work is done. used and more count only when it adds none: how many bytes are done with, because they
	// were answered or dropped, and whether to call again with the rest.
	Decode(c *Call, b *Batch, in []byte) (used int, more bool)
	// Need is how many bytes the request at the front of the input takes, as far as that is known; 0: it is not.
	Need() int
}

// spoken is a dialect with the handlers of one node's commands.
type spoken struct {
	*Dialect
	names
}

// Commands and Dialects of a node are tried in the order of dialects: the last should take every connection.
func (s *Session) decide(c *Call, first byte) {
	for _, d := range s.n.table.dialects {
		if d.Opens(first) {
			s.dialect, s.decoder = d, d.Decoder()
			c.Begin(c.Out, d.Style, int(s.proto))
			return
		}
	}
	s.closing, s.reason = true, "the client speaks no dialect of this node"
}

// Find returns the handler of a name in the connection's dialect, in any letter case, or nil.
func (c *Call) Find(name []byte) *Handler { return c.Session.dialect.find(name) }

// Close has the connection closed after what is answered until now; the reason is for the log.
func (c *Call) Close(reason string) { c.Session.closing, c.Session.reason = true, reason }

// NotExecuted says that what is answered next is about a request that no command executes, so that none fails.
func (c *Call) NotExecuted() { c.cmd = nil }

// Oversized answers a request that is too large to be decoded, of size bytes of key and value.
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

// Answer appends an error reply that is encoded already, and counts it.
func (c *Call) Answer(encoded []byte) {
	c.NotExecuted()
	c.countError(reply.Generic)
	c.Raw(encoded)
}

// Execute executes the batch, whose arguments lie in text rather than in the connection's input. It reports whether that
// is finished; if not, the request has to be decoded again.
func (c *Call) Execute(text []byte) bool {
	done := c.Session.execute(c, text, len(c.Out)+1)
	c.l.batch.clear()
	return done > 0
}
