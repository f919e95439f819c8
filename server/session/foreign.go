package session

import (
	"github.com/cachegopher/cachegopher/internal/wire"
	"github.com/cachegopher/cachegopher/server/session/reply"
)

const (
	// speaks opens the reason for closing the connection of a client with another protocol.
	speaks = "the client speaks "
	// notSpoken is what such a client is told; the protocol follows.
	notSpoken = "this is a CacheGopher node: it speaks RESP, the protocol of Redis, and lines such as GET key, but not "
)

// foreign looks at how a connection of the line dialect begins. The client of another protocol is answered once,
// and the connection is closed: what is behind its greeting, which may well contain lines, is not executed.
func (s *Session) foreign(c *Call, in []byte) bool {
	f, verdict := wire.Greeting(in, func(word []byte) bool { return s.n.table.findLine(word) != nil })
	if verdict != wire.Other {
		s.met = verdict == wire.Own
		return false
	}
	c.cmd = nil
	c.countError(reply.Generic)
	c.Out = f.Answer(c.Out, in, notSpoken+f.Name)
	s.closing, s.reason = true, speaks+f.Name
	return true
}
