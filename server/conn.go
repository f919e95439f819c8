package server

import (
	"sync/atomic"
	"time"

	"github.com/panjf2000/gnet/v2"
	"go.uber.org/zap"
	"golang.org/x/sys/unix"
)

// conn is a connection. All of it belongs to its loop's goroutine once the loop has opened it.
type conn struct {
	srv  *Server
	loop *loop
	home atomic.Pointer[loop] // loop, for other goroutines; nil until opened
	gc   gnet.Conn
	fd   int
	id   uint64

	remote string // its client's address
	place  *place
	sess   handler

	in     buffer // received, not executed
	out    buffer // replies the kernel did not take
	want   int    // while in holds a part of a request: how much in must hold before another try
	held   int64  // capacity of in and out, as counted by the loop
	active int64  // when bytes last moved, by the loop's clock
	due    int64  // while ending: when it is closed at the latest, by the server's clock

	busy    bool // requests may wait in the session or in in: it is to be given another turn
	armed   bool // the watcher will tell when the socket takes bytes
	watched bool // the watcher knows the socket
	last    bool // the server stops: to be ended when nothing is left to execute
	ending  bool // input is dropped; to be closed when out is empty
	shut    bool // ending, out is empty, and the client was told by a FIN
	dead    bool // to be closed without further ado
	closed  bool // OnClose was called: the socket is not ours any more
	opened  bool // OnOpen was called
	queued  bool // is in the loop's inbox; guarded by its lock

	prev, next *conn // the loop's connections
}

// descriptor is fd for other goroutines: 0 until c is opened.
func (c *conn) descriptor() int {
	if c.home.Load() == nil { // is stored after fd
		return 0
	}
	return c.fd
}

// How long a connection that the server closes is kept for the client's sake.
const (
	// lingerTime is for the client to close its side after the FIN: were the socket closed while the
	// client still sends, a RST would destroy replies on their way.
	lingerTime = time.Second
	// unsentTime is for the client to take some of the replies that are left.
	unsentTime = 10 * time.Second
)

// die marks c to be closed at once; whoever calls it has gnet close it.
func (c *conn) die(why reason) {
	if c.dead {
		return
	}
	c.dead, c.busy = true, false
	if why != byPeer {
		c.srv.counters.closed[why].Add(1)
	}
	c.in.release(&c.loop.free)
	c.out.release(&c.loop.free)
	c.account()
}

// hangUp has gnet close c later, when it is not c's own event that is being served: another event of
// the same poll may still refer to c.
func (c *conn) hangUp() {
	if !c.closed {
		_ = c.gc.Close() // fails only when the loop is gone, and c with it
	}
}

// send writes b to the socket and keeps what the kernel does not take. It requires out to be empty, and
// returns false if the connection is broken.
func (c *conn) send(b []byte) bool {
	n, ok := c.write(b)
	if !ok {
		return false
	}
	if n < len(b) {
		c.out.b = append(c.loop.free.get(len(b)-n), b[n:]...)
		c.out.off = 0
		return c.arm()
	}
	return true
}

// flush writes what out keeps and returns how much went. It marks a broken connection as dead.
func (c *conn) flush() int {
	n, ok := c.write(c.out.bytes())
	if !ok {
		c.die(byPeer)
		return 0
	}
	c.out.consume(n)
	if n > 0 {
		c.active = c.loop.now
	}
	if c.out.len() == 0 {
		c.out.release(&c.loop.free)
	} else if !c.arm() {
		c.die(byPeer)
	}
	return n
}

// write writes b once, however much the kernel takes.
func (c *conn) write(b []byte) (n int, ok bool) {
	count(&c.loop.writes)
	for {
		n, err := write(c.fd, b)
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

// arm asks for a turn when the socket takes bytes again.
func (c *conn) arm() bool {
	if c.armed {
		return true
	}
	if err := c.srv.watch.arm(c); err != nil {
		c.srv.log.Error("cannot wait for a client to take its replies", zap.Uint64("connection", c.id), zap.Error(err))
		return false
	}
	c.armed, c.watched = true, true
	return true
}

// end drops all further input; the connection is closed when the replies so far are sent.
func (c *conn) end() {
	if c.ending || c.dead {
		return
	}
	c.srv.note(c.remote, c.sess.Reason())
	c.ending, c.busy = true, false
	c.in.release(&c.loop.free)
	c.due = c.srv.elapsed() + unsentTime.Milliseconds()
	c.loop.addEnding(c)
}

// note logs that a client is closed for what it sent, and counts it.
func (s *Server) note(client, why string) {
	if why == "" {
		return
	}
	n := s.counters.closed[byProtocol].Add(1)
	if s.rarely(byProtocol) {
		s.log.Warn("closed a connection for what it sent", zap.String("client", client), zap.String("why", why),
			zap.Int64("so_far", n))
	}
}

// rarely reports whether a line about a connection that is closed for r may be logged. Those who have
// themselves closed come in crowds, so that there is at most a line a second for each reason.
func (s *Server) rarely(r reason) bool {
	now, last := s.clock(), s.noted[r].Load()
	return (last == 0 || now-last >= 1000) && s.noted[r].CompareAndSwap(last, max(now, 1))
}

// finish tells the client that nothing more comes. gnet closes the socket when the client has closed
// its side, or the loop when it takes too long.
func (c *conn) finish() {
	if c.shut {
		return
	}
	if unix.Shutdown(c.fd, unix.SHUT_WR) != nil {
		c.die(byPeer)
		return
	}
	c.shut = true
	linger := lingerTime
	if c.place.is(asNewcomer) {
		linger = newcomerLinger // others want its place
	}
	c.due = c.srv.elapsed() + linger.Milliseconds()
}

// gone ends what is left of c after gnet has let go of it.
func (c *conn) gone() {
	c.srv.watch.forget(c)
	c.in.release(&c.loop.free)
	c.out.release(&c.loop.free)
	c.uncount()
	c.sess.Close()
	c.place.release()
}

// refused counts that a newcomer turned out to be a client.
func (c *conn) refused() { c.srv.refused(c.place.refusal, c.remote) }

// hurryOut has c's loop turn c out. Any goroutine may call it.
func (c *conn) hurryOut() {
	if l := c.home.Load(); l != nil {
		l.call(func() {
			defer l.guard(c)
			if c.turnOut(); c.dead {
				c.hangUp()
			}
		})
	}
}

// turnOut tells a newcomer that it is not served, unless it has been told, or has become a node's.
func (c *conn) turnOut() {
	if c.closed || c.dead || c.ending || c.sess.Closing() || !c.place.is(asNewcomer) {
		return
	}
	c.refused()
	if text := c.place.refusal.text; c.out.len() > 0 {
		c.out.append([]byte(text))
	} else if !c.send([]byte(text)) {
		c.die(byPeer)
		return
	}
	if c.out.len() == 0 {
		c.die(byPeer) // does not wait for the client to close its side: others want its place
		return
	}
	c.end()
	c.settle()
}
