package server

import (
	"crypto/tls"
	"net"
	"sync/atomic"

	"go.uber.org/zap"

	"github.com/cachegopher/cachegopher/server/reactor"
)

// loop is the server's state for one event loop. Only its goroutine touches it, unless a field says otherwise.
type loop struct {
	*reactor.Loop
	scratch scratch
	replies []byte // of one call of a session, until they are sent

	held    atomic.Int64 // bytes of buffers, stored by the loop alone
	largest atomic.Int64 // no connection keeps more
	checked int64        // held when it was last compared with the limit
}

// conn is a connection and its session. All of it belongs to its loop's goroutine once it is opened.
type conn struct {
	reactor.Conn
	srv    *Server
	loop   *loop
	sess   clientSession
	slot   *slot
	remote string // its client's address
	local  string

	in       reactor.Buffer // received, not executed
	want     int            // while in holds a part of a request: the bytes that in must hold before another try
	replied  int            // bytes of replies that Receive has made so far
	executed int            // bytes of requests that it has executed so far
	held     int64          // bytes of buffers, as counted by the loop
	overdue  atomic.Bool    // a newcomer whose time has expired
}

func (s *Server) newConn(nc net.Conn, p *slot) *conn {
	c := &conn{srv: s, slot: p, remote: addressOf(nc.RemoteAddr(), nc.LocalAddr()), local: addressOf(nc.LocalAddr(), nil)}
	s.reactor.Init(&c.Conn, c)
	return c
}

// serve gives c a session, for the user that its certificate names, and a loop. It returns false if c cannot be served.
func (c *conn) serve(nc net.Conn, user string) bool {
	_, secure := nc.(*tls.Conn)
	c.sess = c.srv.opts.sessions.newSession(connInfo{
		id: c.ID(), remote: c.remote, local: c.local, user: user, tls: secure, fd: c.FD, wake: c.Wake,
		refusal: c.slot.refusal.text, refused: c.refused, node: c.slot.promote,
	})
	if c.srv.reactor.Enroll(&c.Conn, nc) != nil {
		c.sess.Close()
		c.slot.release()
		return false
	}
	return true
}

// Opened is the reactor's event.
func (c *conn) Opened(l *reactor.Loop) {
	c.loop = c.srv.loops[l.Index()]
	if c.overdue.Load() {
		c.turnOut()
	}
}

// Silent is the reactor's event: it closes a client, but not a node.
func (c *conn) Silent() {
	if !c.slot.is(asNode) {
		c.srv.log.Debug("closed an idle connection", zap.Uint64("connection", c.ID()))
		c.abort(byIdle)
	}
}

// Closed is the reactor's event.
func (c *conn) Closed() {
	c.in.Release(&c.loop.Free)
	c.account()
	c.sess.Close()
	c.slot.release()
}

// abort closes c at once. It returns false if c was being closed already.
func (c *conn) abort(why reason) bool {
	open := c.Phase() < reactor.Dead
	if open {
		c.srv.counters.closed[why].Add(1) // before the client can see it
	}
	c.Abort()
	c.in.Release(&c.loop.Free)
	c.account()
	return open
}

// finish drops all further input; the connection is closed when the replies so far are sent.
func (c *conn) finish() {
	if c.Phase() >= reactor.Flushing {
		return
	}
	c.srv.note(c.remote, c.sess.Reason())
	c.in.Release(&c.loop.Free)
	linger := reactor.LingerTime
	if c.slot.is(asNewcomer) {
		linger = newcomerLinger // others want its place
	}
	c.Finish(linger)
}

// note logs and counts a client that is closed because of what it sent. It does nothing if why is empty.
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

// rarely reports whether a line about a connection that is closed for r may be logged: at most one a second for each
// reason, since many clients may get themselves closed at once.
func (s *Server) rarely(r reason) bool {
	now, last := s.reactor.Clock(), s.noted[r].Load()
	return (last == 0 || now-last >= 1000) && s.noted[r].CompareAndSwap(last, max(now, 1))
}

// refused counts a newcomer that has proved to be a client.
func (c *conn) refused() { c.srv.refused(c.slot.refusal, c.remote) }

// expire turns away a newcomer whose time has expired. Any goroutine may call it.
func (c *conn) expire() {
	c.overdue.Store(true) // for Opened, if it is not open yet
	c.Do(c.turnOut)
}

// turnOut sends a newcomer its refusal, in its dialect if it has shown that, and closes it, unless that was done before or the
// connection is now a node's.
func (c *conn) turnOut() {
	if c.Phase() >= reactor.Flushing || c.sess.Closing() || !c.slot.is(asNewcomer) {
		return
	}
	c.refused()
	text, known := c.sess.Refuse()
	if !known {
		text = []byte(c.slot.refusal.early)
	}
	switch {
	case len(text) == 0: // a reply is unfinished
		c.abort(byPeer)
	case !c.Send(&text):
	case c.Unsent() == 0:
		c.abort(byPeer) // does not wait for the client to close its side: others want its place
	default:
		c.finish()
	}
}
