package session

// Wait is a command that waits for something outside its connection, which executes nothing meanwhile.
type Wait interface {
	// Over reports whether the wait is over, and if so answers the command, whose Call is a new one. The loop calls it when
	// the connection has been woken. It must not call Await.
	Over(*Call) bool
	// End abandons the wait, because the connection is closed.
	End()
}

// Await makes the connection wait for w. Whatever ends the wait must call Session.Wake.
func (c *Call) Await(w Wait) { c.Session.wait = w }

// waits reports whether the session still waits. REQUIRES: s.wait is not nil.
func (s *Session) waits(c *Call) bool {
	if !s.wait.Over(c) {
		return true
	}
	s.wait = nil
	return false
}

// Wake returns the function that makes the session's owner look whether a wait is over. Any goroutine may call the
// function.
func (s *Session) Wake() func() {
	if s.info.Wake == nil {
		return func() {}
	}
	return s.info.Wake
}
