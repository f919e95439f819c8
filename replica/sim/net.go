package sim

import (
	"errors"
	"fmt"
	"syscall"
	"time"
)

var (
	errReset   = errors.New("connection reset")
	errRefused = fmt.Errorf("dial: %w", syscall.ECONNREFUSED)
	errTimeout = fmt.Errorf("dial: %w", syscall.ETIMEDOUT)
)

// conn is the connection of a primary's link to a secondary. As TCP does, it delivers
// bytes in order or breaks; a partition only delays them.
type conn struct {
	w      *world
	link   *linkDriver
	server *acceptor
	out    pipe // primary to secondary
	back   pipe
	closed bool
	sent   uint64 // the end of what the primary has sent of the log
	date   uint64 // of the history in the first heartbeat that the primary sent
}

// pipe is one direction of a connection.
type pipe struct {
	c        *conn
	from, to int
	queue    []packet
	last     time.Duration // when the last packet of the queue arrives
	flying   int           // bytes in the queue
	moving   bool
	deliver  func([]byte)
	drained  func()
}

func (w *world) connect(l *linkDriver, to *node) *conn {
	c := &conn{w: w, link: l}
	c.server = &acceptor{w: w, n: to, run: to.run, c: c}
	c.out = pipe{c: c, from: l.n.index, to: to.index, deliver: c.server.receive, drained: l.poke}
	c.back = pipe{c: c, from: to.index, to: l.n.index, deliver: l.receive}
	w.conns = append(w.conns, c)
	if !w.calm && w.rnd.IntN(4) == 0 { // likely in the middle of a sync
		w.after(w.upTo(20*w.params.delay), func() {
			w.note("the connection to %s breaks early", to)
			c.cut()
		})
	}
	return c
}

// packet is some bytes and the time of their arrival.
type packet struct {
	at time.Duration
	b  []byte
}

// send queues b, split at random places.
func (p *pipe) send(b []byte) {
	if p.c.closed {
		return
	}
	w := p.c.w
	b = append([]byte(nil), b...)
	p.flying += len(b)
	for len(b) > 0 {
		n := len(b)
		if n > 1 && w.rnd.IntN(2) == 0 {
			n = 1 + w.rnd.IntN(n)
		}
		p.last = max(p.last, w.now+w.upTo(w.params.delay))
		p.queue = append(p.queue, packet{p.last, b[:n]})
		b = b[n:]
	}
	p.move()
}

// move delivers the packets that have arrived, and waits for the next.
func (p *pipe) move() {
	w := p.c.w
	for !p.c.closed && !p.moving && len(p.queue) > 0 {
		wait := p.queue[0].at - w.now
		if wait <= 0 && (w.blocked[[2]int{p.from, p.to}] || w.nodes[p.to].stopped()) {
			wait = 100 * time.Millisecond
		}
		if wait > 0 {
			p.moving = true
			w.after(wait, func() { p.moving = false; p.move() })
			return
		}
		b := p.pop()
		p.deliver(b)
		if p.drained != nil {
			p.drained()
		}
	}
}

func (p *pipe) pop() []byte {
	b := p.queue[0].b
	p.queue = p.queue[1:]
	p.flying -= len(b)
	return b
}

// cut breaks the connection while bytes are in flight: each end may still get some of
// them first.
func (c *conn) cut() {
	if c.closed {
		return
	}
	for _, p := range []*pipe{&c.out, &c.back} {
		for n := c.w.rnd.IntN(4); n > 0 && len(p.queue) > 0 && !c.closed; n-- {
			b := p.pop()
			if n == 1 {
				b = b[:c.w.rnd.IntN(len(b)+1)]
			}
			p.deliver(b)
		}
	}
	c.close()
}

// close closes the connection; each end learns of it after a delay.
func (c *conn) close() {
	if c.closed {
		return
	}
	c.closed = true
	w := c.w
	w.after(w.upTo(w.params.delay), func() { c.link.broken(c) })
	w.after(w.upTo(w.params.delay), c.server.gone)
	for i, x := range w.conns {
		if x == c {
			w.conns = append(w.conns[:i], w.conns[i+1:]...)
			break
		}
	}
}
