package session

import "sync/atomic"

// later is a Wait for work on another goroutine.
type later struct {
	cmd    *Handler
	result atomic.Pointer[laterResult]
}

type laterResult struct {
	bulk []byte // the reply; nil: OK
	err  error
}

// Later answers the command once done is called: OK, or the error. The connection executes nothing meanwhile. Later calls
// start at once, which must not block. done must be called once, from any goroutine, even within start.
func (c *Call) Later(start func(done func(error))) {
	c.LaterBulk(func(done func([]byte, error)) { start(func(err error) { done(nil, err) }) })
}

// LaterBulk is Later for a reply other than OK.
func (c *Call) LaterBulk(start func(done func(bulk []byte, err error))) {
	w := &later{cmd: c.cmd}
	wake := c.Session.Wake()
	c.Await(w)
	start(func(bulk []byte, err error) {
		w.result.Store(&laterResult{bulk, err})
		wake()
	})
}

// Over implements Wait.
func (w *later) Over(c *Call) bool {
	r := w.result.Load()
	if r == nil {
		return false
	}
	c.cmd = w.cmd
	switch {
	case r.err != nil:
		c.FailWith(r.err)
	case r.bulk != nil:
		c.Bulk(r.bulk)
	default:
		c.OK()
	}
	return true
}

// End implements Wait.
func (*later) End() {}
