package session

import (
	"strings"

	"github.com/cachegopher/cachegopher/internal/wire"
	"github.com/cachegopher/cachegopher/server/session/reply"
)

// A newcomer is a connection beyond the limit of clients: see ConnInfo.Refusal. It may sign in, ask how the node is and who
// leads, and send the commands of other nodes. An administrator who signs in on one may use every command, such as raising
// the limit, in the short time before the server closes it.

// refused returns text, an error behind its code, as a reply of the dialect.
func (d *Dialect) refused(text string) []byte {
	if d.Encoding == nil {
		return wire.Error(nil, "", text)
	}
	var w reply.Writer
	w.Begin(nil, d.Encoding, 2)
	w.Fail(strings.TrimPrefix(text, reply.Generic.Prefix()))
	return w.Out
}

// Refuse returns text, an error behind its code, in the dialect of a client that is not served and has sent in, at least a
// byte; nil if these bytes do not show the dialect. Any goroutine may call it.
func (n *Node) Refuse(in []byte, text string) []byte {
	d, _ := n.dialectOf(in)
	if d == nil {
		return nil
	}
	return d.refused(text)
}

// Refuse returns ConnInfo.Refusal as a reply in the connection's dialect; known is false while there is none. The reply is
// empty if it would stand in the middle of another one.
func (s *Session) Refuse() (text []byte, known bool) {
	switch {
	case s.dialect == nil:
		return nil, false
	case s.replying():
		return nil, true
	}
	return s.dialect.refused(s.info.Refusal), true
}

// turnAway answers a newcomer's other requests with Refusal and closes the connection.
func (c *Call) turnAway() {
	c.Session.closing = true
	c.countError(reply.Generic)
	c.Out = append(c.Out, c.Session.dialect.refused(c.Session.info.Refusal)...)
	if c.Session.info.Refused != nil {
		c.Session.info.Refused()
	}
}

// HasRoom reports whether the connection may use commands for clients. If not, it answers that and closes the connection:
// for commands that only some newcomers may use.
func (c *Call) HasRoom() bool {
	if c.Session.denied&NeedsRoom != 0 {
		c.NotExecuted()
		c.turnAway()
		return false
	}
	return true
}

// becomePeerLink counts the connection as another node's from now on. If there is no room for another node, it returns false for a
// newcomer, and still counts any other connection as a client's.
func (s *Session) becomePeerLink(by Link) bool {
	if s.info.Node != nil && !s.info.Node() && s.denied&NeedsRoom != 0 {
		return false
	}
	s.denied &^= NeedsRoom
	s.link.Store(int32(by))
	return true
}
