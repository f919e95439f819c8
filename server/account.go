package server

import (
	"go.uber.org/zap"

	"github.com/cachegopher/cachegopher/server/reactor"
)

// tooLarge is the log line for a connection closed because of client_buffers.
const tooLarge = "closed a connection: the buffers of all connections are too large"

// turnGrowth is by how many bytes a turn of a connection may enlarge its buffers, unless a single reply is longer than a
// value, as those of EXEC and KEYS are: the replies of a run, which are up to runLimit and a value, or the input of a read.
const turnGrowth = reactor.MaxFree

// account updates the memory of c's buffers and its session. When all connections together take too much, the
// one that takes most is closed. Each loop counts separately, after a turn of a connection, and reads the other loops' counts
// only when its own has grown by a step. So connections are closed once a step and a turn of each loop could exceed the
// limit; but not before half of it is in use, so that a small limit for many loops may be exceeded for a moment.
func (c *conn) account() {
	l := c.loop
	now := int64(c.in.Cap() + c.Buffered())
	switch {
	case c.Phase() >= reactor.Dead:
		now = 0
	case c.slot.is(asNode):
		now = 0 // nodes have separate bounds; clients' buffers must not stop replication
	default:
		now += int64(c.sess.Kept())
	}
	grown := now - c.held
	if grown == 0 {
		return
	}
	c.held = now
	held := l.held.Load() + grown
	l.held.Store(held) // no other goroutine stores
	if now > l.largest.Load() {
		l.largest.Store(now)
	}
	switch {
	case held < l.checked:
		l.checked = held
	case held > l.checked+c.srv.heldStep.Load():
		l.checked = held
		if c.srv.overfull() {
			c.srv.shed(l)
		}
	}
}

// checkBacklog closes c if more of its input waits than is allowed.
func (c *conn) checkBacklog() {
	most := c.sess.Backlog() // little before the client has signed in
	if most == 0 {
		most = c.srv.opts.InputBacklog
	}
	input, unsent := c.in.Len(), c.Unsent()
	if input <= most {
		return
	}
	if s := c.srv; c.abort(byBacklog) && s.rarely(byBacklog) {
		s.log.Warn("closed a connection: too much unexecuted input", zap.Uint64("connection", c.ID()),
			zap.Int("bytes", input), zap.Int("replies_unsent", unsent), zap.Int64("so_far", s.counters.closed[byBacklog].Load()))
	}
}

// buffered is the number of bytes in the buffers of all connections.
func (s *Server) buffered() (sum int64) {
	for _, l := range s.loops {
		sum += l.held.Load()
	}
	return sum
}

// overfull reports whether the buffers together may have reached their bound.
func (s *Server) overfull() bool { return s.buffered() > s.heldMost.Load() }

// shed closes the connections that keep most until the buffers are within their bound. It runs on l's
// goroutine. A loop's largest may be out of date, but never too small: the loop that has the largest of all
// corrects it, and passes the call on if another loop has a larger one.
func (s *Server) shed(l *loop) {
	for s.overfull() {
		most := l
		for _, o := range s.loops {
			if o.largest.Load() > most.largest.Load() {
				most = o
			}
		}
		if most != l {
			most.Call(func() { s.shed(most) })
			return
		}
		c, elsewhere := l.findLargest(), s.largestElsewhere(l)
		switch {
		case c == nil && elsewhere == 0:
			return // what grew has gone by now, or its loop has yet to say how large it is, and then sheds itself
		case c == nil || elsewhere > c.held:
			continue // on the other loop
		}
		held, all := c.held, s.buffered()
		if c.abort(byClientBuffers) {
			s.sayTooLarge(c.ID(), held, all)
		}
	}
}

// sayTooLarge logs that a connection with held bytes was closed, out of all bytes of the buffers.
func (s *Server) sayTooLarge(id uint64, held, all int64) {
	if s.rarely(byClientBuffers) {
		s.log.Warn(tooLarge, zap.Uint64("connection", id), zap.Int64("bytes", held), zap.Int64("of", all),
			zap.Int64("allowed", s.held.Load()), zap.Int64("so_far", s.counters.closed[byClientBuffers].Load()))
	}
}

// findLargest returns the connection of l with the largest buffers; nil if all are empty.
func (l *loop) findLargest() *conn {
	var most *conn
	var held int64
	for rc := range l.Conns() {
		if c := rc.Handler().(*conn); c.held > held {
			most, held = c, c.held
		}
	}
	l.largest.Store(held)
	return most
}

// largestElsewhere returns the largest buffers of a connection on a loop other than l.
func (s *Server) largestElsewhere(l *loop) (most int64) {
	for _, o := range s.loops {
		if o != l {
			most = max(most, o.largest.Load())
		}
	}
	return most
}
