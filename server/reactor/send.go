package reactor

import (
	"go.uber.org/zap"
	"golang.org/x/sys/unix"
)

// watch is the poller's record of a socket.
type watch uint8

const (
	unwatched watch = iota
	disarmed        // registered, but no event is requested
	armed           // c gets a turn once the socket is writable
)

// room says how many unsent bytes the kernel keeps for a connection.
type room uint8

const (
	usual room = iota
	more       // the connection is one of the few for which the kernel keeps more
	fixed      // it is none of them and will not be: closed, or not TCP
)

// Send sends *b. It keeps the bytes that the kernel does not take: either a copy, or the buffer itself, and then *b is
// another one, empty, from the loop's free list. It returns false if the connection is broken, and then closed. REQUIRES:
// the connection is not dead.
func (c *Conn) Send(b *[]byte) bool {
	if c.tls != nil {
		return c.encrypt(*b)
	}
	return c.transmit(b)
}

// transmit is Send for bytes as they go to the socket.
func (c *Conn) transmit(b *[]byte) bool {
	if c.out.Len() > 0 {
		c.out.Append(*b)
		return true
	}
	n, ok := c.write(*b)
	if ok && n < len(*b) && c.enlarge() {
		var more int
		more, ok = c.write((*b)[n:])
		n += more
	}
	if ok && n < len(*b) {
		c.retain(b, n)
		c.postpone()
		ok = c.arm()
	}
	if !ok {
		c.broken()
	}
	return ok
}

// retain keeps the bytes of *b from n on. A buffer that is mostly unsent is kept itself, instead of a copy. REQUIRES: no
// bytes are kept.
func (c *Conn) retain(b *[]byte, n int) {
	free := &c.loop.Free
	if rest := (*b)[n:]; 2*len(rest) < cap(*b) {
		c.out.Take(free.GetFit(len(rest)))
		c.out.Append(rest)
		return
	}
	c.out = Buffer{b: *b, off: n}
	*b = free.Get(min(len(*b), MaxFree))
}

// flush writes the kept bytes. It returns false if the connection is broken, and then closed.
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

// write makes one system call for b, and returns how much the kernel took.
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

// arm requests a turn at write readiness.
func (c *Conn) arm() bool {
	if c.watch == armed {
		return true
	}
	if err := c.loop.writable.arm(c); err != nil {
		c.r.log.Error("cannot wait for a client to take its replies", zap.Uint64("connection", c.id), zap.Error(err))
		return false
	}
	c.watch = armed
	return true
}
