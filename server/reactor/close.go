package reactor

import (
	"time"

	"golang.org/x/sys/unix"
)

// How long a connection without further input is kept.
const (
	// LingerTime is for the client to close its side after the FIN: if the socket were closed while the
	// client still sends, a RST would destroy replies on their way.
	LingerTime = time.Second
	// unsentTime is for the client to take some of the remaining replies.
	unsentTime = 10 * time.Second
)

// Finish drops all further input. The connection is closed when the replies so far are sent, and the client has
// closed its side or grace has passed since.
func (c *Conn) Finish(grace time.Duration) {
	if c.phase >= Flushing {
		return
	}
	c.to(Flushing)
	c.Work, c.grace = Idle, grace
	c.limit(unsentTime)
}

// linger closes the sending half of the connection. gnet closes the socket when the client has closed its side, or
// the loop does when that takes too long.
func (c *Conn) linger() {
	if c.tls != nil && !c.closeNotify() {
		return
	}
	if c.gc == nil { // the client has closed its side already
		c.Abort()
		return
	}
	if unix.Shutdown(c.FD(), unix.SHUT_WR) != nil {
		c.broken()
		return
	}
	c.to(Lingering)
	c.limit(c.grace)
}

// Abort closes the connection at once. It returns false if it is being closed already.
func (c *Conn) Abort() bool {
	if c.phase < Dead && c.tls != nil && c.out.Len() == 0 {
		c.closeNotify()
	}
	return c.broken()
}

// broken closes a connection that cannot send any more.
func (c *Conn) broken() bool {
	if c.phase >= Dead {
		return false
	}
	c.to(Dead)
	c.Work = Idle
	c.out.Release(&c.loop.Free)
	switch {
	case c.gc == nil:
		c.loop.post(c)
	case c.loop.serving != c: // in its own event, gnet closes it by the event's result
		// Later: another event of the same poll may still refer to c. It fails only when the loop has ended, and
		// c with it.
		c.asked = true
		c.loop.closing++
		_ = c.gc.Close()
	}
	return true
}

// closed releases the rest of c. If gnet still has the socket, it is about to close it.
func (c *Conn) closed() {
	c.loop.forget(c)
	c.to(Closed)
	if c.gc == nil {
		unix.Close(c.FD())
	}
	c.fd.Store(0)
	c.loop.unlink(c)
	c.out.Release(&c.loop.Free)
	c.r.conns.Add(-1)
	c.giveRoomBack()
	c.handler.Closed()
}
