package session

import "sync/atomic"

// later is a command that is answered when something that runs elsewhere is done. It is a Wait.
type later struct {
	cmd    *Handler
	result atomic.Pointer[struct{ err error }]
}

// Later has the command answered once done is called: OK, or with an error. The connection executes nothing meanwhile.
// start is called at once and must not block; done may be called from any goroutine, within start too, and once only.
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
