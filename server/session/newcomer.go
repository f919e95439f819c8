package session

// A newcomer is a connection beyond the limit of clients: see ConnInfo.Refusal. It may sign in, ask whether the node is
// alive, and talk as nodes talk to each other. An administrator who signs in on one may do everything in the short time that
// the server leaves it, such as raising the limit.

// turnAway answers Refusal to a newcomer that asks for more, and closes the connection.
func (c *Call) turnAway() {
	c.Session.closing = true
	c.Fail(c.Session.info.Refusal)
	if c.Session.info.Refused != nil {
		c.Session.info.Refused()
	}
}

// takenOver counts the connection as that of another node from now on. If there is no room for another node, it reports false
// for a newcomer, and a client stays counted as a client.
func (s *Session) takenOver(by Link) bool {
	if s.info.Node != nil && !s.info.Node() && s.denied&NeedsRoom != 0 {
		return false
	}
	s.denied &^= NeedsRoom
	s.link.Store(int32(by))
	return true
}
