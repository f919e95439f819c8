package session

// Wait is a command that waits for an event outside its connection. Meanwhile the connection executes nothing.
type Wait interface {
	// Over reports whether the wait is over, and answers the command if it is. Its Call is not the one that began the
	// wait. The loop calls it after the connection was woken. It must not call Await.
	Over(*Call) bool
	// End abandons the wait, because the connection is closed.
	End()
}

// Await makes the connection wait for w. The code that ends the wait must call the function of Session.Wake.
func (c *Call) Await(w Wait) { c.Session.wait = w }

// waits reports whether the session still waits. REQUIRES: s.wait is not nil.
func (s *Session) waits(c *Call) bool {
	if !s.wait.Over(c) {
		return true
	}
	s.wait = nil
	return false
}

// Wake returns a function that makes the session's owner check whether a wait is over. Any goroutine may call that
// function.
func (s *Session) Wake() func() {
	if s.info.Wake == nil {
		return func() {}
	}
	return s.info.Wake
}
