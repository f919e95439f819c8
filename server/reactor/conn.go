package reactor

import (
	"sync/atomic"
	"time"

	"github.com/panjf2000/gnet/v2"
)

// Handler handles a connection's events. Its methods run on the goroutine of the connection's loop.
// A panic in one of them closes the connection.
type Handler interface {
	// Opened is called once, before the other methods: l serves the connection from now on.
	Opened(l *Loop)
	// Ahead sees the bytes of a Receive that follows after other connections were served. It may note which memory they will
	// need, for Loop.Load; everything else is left to Receive.
	Ahead(data []byte)
	// Receive takes the bytes that were read. data is only valid until it returns. It sets Conn.Work.
	Receive(data []byte)
	// Turn continues with the remaining work. It is called after Wake, when replies so far were sent while Work
	// was More, and when the socket has taken some of the replies that waited. It sets Conn.Work.
	Turn()
	// Silent is called repeatedly while no bytes have moved for the idle timeout.
	Silent()
	// Closed is called once, after all other methods: the socket is closed.
	Closed()
}

// Conn is one connection; the Handler's type embeds it. All of it belongs to its loop's goroutine
// once it is opened, unless a method says otherwise.
type Conn struct {
	// Work is the handler's remaining work, which Receive and Turn set.
	Work Work
	// Small is set by the handler while the client's requests are so small that a full read would hold thousands of them.
	// Less of what it sends is read at a time, and other threads may run in between.
	Small bool

	r       *Reactor
	loop    *Loop
	home    atomic.Pointer[Loop] // loop, for other goroutines; nil until opened
	handler Handler
	id      uint64
	gc      gnet.Conn    // nil once fd is a duplicate that gnet does not know
	fd      atomic.Int32 // stored by the loop alone; 0 before the connection is opened and after it is closed
	tls     *transport   // nil: the connection is not encrypted

	asked  bool // gnet was asked to close it, and counts in Loop.closing
	phase  Phase
	watch  watch
	room   room
	out    Buffer        // bytes that the kernel has not taken
	active int64         // when bytes last moved, by the loop's clock
	due    int64         // the latest time to close it, by Reactor.elapsed; 0: no limit, and not in the loop's timed list
	grace  time.Duration // how long it lingers
	queued bool          // is in the loop's inbox; guarded by the loop's lock
	more   bool          // is in inside.more

	prev, next *Conn // the loop's connections
}

// Init prepares c for Enroll. h gets its events.
func (r *Reactor) Init(c *Conn, h Handler) { c.r, c.handler, c.id = r, h, r.nextID.Add(1) }

// ID is unique within the Reactor, from 1.
func (c *Conn) ID() uint64 { return c.id }

// Handler returns the argument of Init.
func (c *Conn) Handler() Handler { return c.handler }

// Phase returns the connection's phase.
func (c *Conn) Phase() Phase { return c.phase }

// FD is the socket's descriptor, 0 before the connection is opened and after it is closed. Any goroutine may
// call it.
func (c *Conn) FD() int { return int(c.fd.Load()) }

// Unsent returns the number of bytes of replies that the client has not taken yet.
func (c *Conn) Unsent() int { return c.out.Len() }

// Buffered returns the memory of the unsent replies in bytes.
func (c *Conn) Buffered() int { return c.out.Cap() }

// Wake gives the handler a turn on the connection's loop. Any goroutine may call it. It does nothing unless the
// connection is open.
func (c *Conn) Wake() {
	if l := c.home.Load(); l != nil {
		l.post(c)
	}
}

// Do runs fn on the connection's loop, as an event of the connection. It does nothing unless the connection is open.
// Any goroutine may call it.
func (c *Conn) Do(fn func()) {
	if l := c.home.Load(); l != nil {
		l.Call(func() {
			defer l.guard(c)
			if c.phase < Dead {
				fn()
				c.settle()
			}
		})
	}
}

// opened begins to serve c on l.
func (c *Conn) opened(l *Loop, gc gnet.Conn) {
	c.to(Open)
	c.loop, c.gc, c.active = l, gc, l.now
	c.fd.Store(int32(gc.Fd()))
	c.home.Store(l)
	l.link(c)
	l.inside.add(c, gc.Fd())
	if c.tls != nil {
		c.tls.opened(l)
	}
	c.handler.Opened(l)
	switch {
	case c.r.stopping.Load():
		c.Abort()
	case c.tls != nil:
		c.decrypt(nil) // the client may have sent requests with the end of its handshake
	}
	c.settle()
}

// receive takes the bytes that were read from the socket.
func (c *Conn) receive(data []byte) {
	if c.phase > Draining {
		return
	}
	c.active = c.loop.now
	if c.tls != nil {
		c.decrypt(data)
	} else {
		c.handler.Receive(data)
	}
	c.settle()
}

// turn continues with c: it was woken, its socket is writable again, or Work was More.
func (c *Conn) turn() {
	if c.phase >= Dead {
		if c.phase == Dead && c.gc == nil {
			c.closed()
		}
		return
	}
	if c.watch == armed {
		c.watch = disarmed
	}
	if c.out.Len() > 0 && !c.flush() {
		return
	}
	if c.phase <= Draining {
		c.handler.Turn()
	}
	c.settle()
}

// settle decides the next step of c after an event.
func (c *Conn) settle() {
	// A handler that waits looks whether its wait is over only once its replies are sent.
	if c.phase == Draining && (c.Work == Idle || c.Work == Waiting && c.out.Len() == 0 && c.r.stopping.Load()) {
		c.Finish(LingerTime)
	}
	switch {
	case c.phase == Flushing:
		if c.out.Len() == 0 {
			c.linger()
		}
	case c.phase < Flushing && c.Work == More && c.out.Len() == 0:
		c.loop.again(c)
	}
}
