package reactor

import (
	"golang.org/x/sys/unix"
)

// detach keeps c, which has replies or requests left, although gnet is about to close its socket: it continues with a
// duplicate of the socket. It returns false if there is nothing left to do, or no descriptor.
func (c *Conn) detach() bool {
	if c.phase >= Dead || !c.wanted() || c.r.closing.Load() {
		return false
	}
	fd, err := unix.FcntlInt(uintptr(c.FD()), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return false
	}
	c.r.writable.forget(c)
	c.gc = nil
	c.fd.Store(int32(fd))
	c.drain()
	if c.out.Len() > 0 && !c.arm() {
		c.broken()
	} else if c.out.Len() == 0 {
		c.loop.post(c)
	}
	return true
}

// wanted reports whether a client may still want the remaining replies after its half-close.
func (c *Conn) wanted() bool {
	switch {
	case c.out.Len() > 0 || c.Work == More:
		return true
	case c.tls != nil: // a client of TLS closes its sending half by a close_notify; this one closed the connection
		return false
	}
	return c.Work == Waiting
}

// drain begins to drain the connection: no more input is expected.
func (c *Conn) drain() {
	if c.phase == Open {
		c.to(Draining)
	}
	c.limit(unsentTime)
}

// drainAll drains the loop's connections: it handles and answers the requests that their sockets hold, and then ends them.
func (l *Loop) drainAll() {
	data := make([]byte, 64<<10)
	for c := range l.Conns() {
		l.drainOne(c, data)
	}
}

func (l *Loop) drainOne(c *Conn, data []byte) {
	defer l.guard(c)
	for c.phase == Open {
		n, err := unix.Read(c.FD(), data)
		if n <= 0 || err != nil {
			break
		}
		c.receive(data[:n])
	}
	switch {
	case c.phase > Draining:
	case c.phase == Open && c.out.Len() == 0 && c.Work == Idle:
		c.Abort()
	default:
		c.drain()
		c.settle()
	}
}
