package reactor

import (
	"go.uber.org/zap"
	"golang.org/x/sys/unix"
)

// watch is the poller's record of a socket.
type watch uint8

const (
	unwatched watch = iota
	disarmed        // known, and nothing is asked for
	armed           // c gets a turn once the socket is writable
)

// Send sends b, of which it keeps a copy if the client does not take it. It returns false if the connection is broken,
// and then closed. REQUIRES: the connection is not dead.
func (c *Conn) Send(b []byte) bool {
	if c.tls != nil {
		return c.encrypt(b)
	}
	return c.transmit(b)
}

// transmit writes b to the socket and keeps what the kernel does not take.
func (c *Conn) transmit(b []byte) bool {
	if c.out.Len() > 0 {
		c.out.Append(b)
		return true
	}
	n, ok := c.write(b)
	if ok && n < len(b) {
		c.out.Take(c.loop.Free.GetFit(len(b) - n))
		c.out.Append(b[n:])
		c.postpone()
		ok = c.arm()
	}
	if !ok {
		c.broken()
	}
	return ok
}

// flush writes what is kept. It returns false if the connection is broken, and then closed.
func (c *Conn) flush() bool {
	n, ok := c.write(c.out.Bytes())
	if ok && n > 0 {
		c.active = c.loop.now
		c.out.Consume(n)
		c.postpone()
	}
	switch {
	case !ok:
	case c.out.Len() == 0:
		c.out.Release(&c.loop.Free)
	default:
		ok = c.arm()
	}
	if !ok {
		c.broken()
	}
	return ok
}

// write writes b once, however much the kernel takes.
func (c *Conn) write(b []byte) (n int, ok bool) {
	count(&c.loop.writes)
	for {
		n, err := write(c.FD(), b)
		switch err {
		case nil:
			return n, true
		case unix.EAGAIN:
			return 0, true
		case unix.EINTR:
			continue
		default:
			return 0, false
		}
	}
}

// arm asks for a turn when the socket is writable again.
func (c *Conn) arm() bool {
	if c.watch == armed {
		return true
	}
	if err := c.r.writable.arm(c); err != nil {
		c.r.log.Error("cannot wait for a client to take its replies", zap.Uint64("connection", c.id), zap.Error(err))
		return false
	}
	c.watch = armed
	return true
}
