package session

import "sync/atomic"

// later is a Wait for work on another goroutine.
type later struct {
	cmd    *Handler
	result atomic.Pointer[struct{ err error }]
}

// Later answers the command once done is called: OK, or the error. The connection executes nothing meanwhile. Later calls
// start at once, which must not block. done must be called once, from any goroutine, even within start.
func (c *Call) Later(start func(done func(error))) {
	w := &later{cmd: c.cmd}
	wake := c.Session.Wake()
	c.Await(w)
	start(func(err error) {
		w.result.Store(&struct{ err error }{err})
		wake()
	})
}

// Over implements Wait.
func (w *later) Over(c *Call) bool {
	r := w.result.Load()
	if r == nil {
		return false
	}
	if c.cmd = w.cmd; r.err != nil {
		c.FailWith(r.err)
	} else {
		c.OK()
	}
	return true
}

// End implements Wait.
func (*later) End() {}
