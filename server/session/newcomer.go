package session

// A newcomer is a connection beyond what clients may have: see ConnInfo.Refusal. It may sign in, ask whether the node
// is alive, and say what nodes say to each other. One who signs in with the right admin may do everything in the short
// time that the server leaves it, such as raising the limit.

// turnAway answers a newcomer that wants what clients want.
func (c *Call) turnAway() {
	c.Session.closing = true
	c.Fail(c.Session.info.Refusal)
	if c.Session.info.Refused != nil {
		c.Session.info.Refused()
	}
}

// takenOver says that another node has the connection from now on. A newcomer needs room for it; a client that finds
// none goes on under the limits of clients.
func (s *Session) takenOver(by Link) bool {
	if s.info.Node != nil && !s.info.Node() && s.denied&NeedsRoom != 0 {
		return false
	}
	s.denied &^= NeedsRoom
	s.link.Store(int32(by))
	return true
}
