package reactor

import (
	"context"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// Drain begins to end all connections: each handles the requests that it has received, and is closed after its last reply.
// It returns once no request is left. Those that are left at by, because their clients do not take the replies to earlier
// ones, are dropped. After it returns no request is handled any more, unless a loop is stuck; replies are still sent.
func (r *Reactor) Drain(by time.Time) {
	r.stopping.Store(true)
	r.handshakes.cancel()
	r.turn(by, (*Loop).drainAll)
	r.await(by, func() bool {
		var left atomic.Bool
		return r.conns.Load() == 0 || r.turn(by, func(l *Loop) {
			if l.hasRequests() {
				left.Store(true)
			}
		}) && !left.Load()
	})
	r.turn(by, (*Loop).finishAll)
}

// stuckTime is how long a stop waits for a loop to take a turn, even if it has no time left.
const stuckTime = 200 * time.Millisecond

// turn runs fn on every loop. It returns false if a loop has not run it by then, or a little later.
func (r *Reactor) turn(by time.Time, fn func(*Loop)) bool {
	if r.ended.Load() {
		return false
	}
	ctx, cancel := context.WithTimeout(context.Background(), max(time.Until(by), stuckTime))
	defer cancel()
	return r.onEach(ctx, fn) == 0
}

// await ticks until done returns true or by has passed.
func (r *Reactor) await(by time.Time, done func() bool) {
	for wait := time.Millisecond; !done() && time.Now().Before(by); wait = min(2*wait, tickEvery) {
		time.Sleep(wait)
		r.tick(r.now.Load())
	}
}

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
	c.loop.forget(c)
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

// drainOne drains one connection, with data as a buffer. It reads no more than the socket holds at the beginning: a client
// that goes on sending would keep the loop, with all its other connections, for as long as it likes.
func (l *Loop) drainOne(c *Conn, data []byte) {
	defer l.guard(c)
	for left := received(c.FD()); left > 0 && c.phase == Open; {
		n, err := unix.Read(c.FD(), data[:min(len(data), left)])
		if n <= 0 || err != nil {
			break
		}
		left -= n
		c.receive(data[:n])
	}
	if c.phase == Open && c.Work == Waiting { // it may have been woken, and its turn comes only after this call
		c.handler.Turn()
	}
	switch {
	case c.phase > Draining:
	case c.phase == Open && c.out.Len() == 0 && c.Work == Idle && !unread(c.FD()):
		c.Abort()
	default:
		c.drain()
		c.settle()
	}
}

// unread reports whether a socket holds bytes that were not read. Closing it would then reset the connection, and drop replies
// on their way.
func unread(fd int) bool {
	var b [1]byte
	n, _, err := unix.Recvfrom(fd, b[:], unix.MSG_PEEK)
	return n > 0 && err == nil
}

// hasRequests reports whether a connection may still handle a request.
func (l *Loop) hasRequests() bool {
	for c := range l.Conns() {
		if c.phase <= Draining {
			return true
		}
	}
	return false
}

// finishAll drops the requests that are left.
func (l *Loop) finishAll() {
	for c := range l.Conns() {
		if c.phase <= Draining {
			c.Finish(LingerTime)
			c.settle()
		}
	}
}
