package session

// A newcomer is a connection beyond the limit of clients: see ConnInfo.Refusal. It may sign in, check whether the node is
// alive, and send the commands of other nodes. An administrator who signs in on one may use every command, such as raising
// the limit, in the short time before the server closes it.

// turnAway answers a newcomer's other requests with Refusal and closes the connection.
func (c *Call) turnAway() {
	c.Session.closing = true
	c.Fail(c.Session.info.Refusal)
	if c.Session.info.Refused != nil {
		c.Session.info.Refused()
	}
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
