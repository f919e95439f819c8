package server

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"os"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"go.uber.org/zap"
)

// secure serves connections with TLS. gnet has none, so each is served by a goroutine of its own, which
// reads, runs the same session, and writes. While it writes it reads nothing, so that what it keeps is
// bounded by one turn's replies and one request. Both count with the buffers of all connections.
type secure struct {
	srv *Server
	wg  sync.WaitGroup

	mu   sync.Mutex
	open map[*secureConn]struct{} // guarded by mu, as over
	over bool                     // the server ends
}

// secureConn is one connection with TLS. All of it belongs to its goroutine.
type secureConn struct {
	*aside
	s      *secure
	tc     *tls.Conn
	place  *place
	remote string
	sess   handler
	in     buffer
	woken  chan struct{} // look at the session again
	idle   time.Time     // when the connection is closed if nothing comes

	overdue atomic.Bool // a newcomer is to be turned out
}

const (
	// handshakeTime is how long a client may take to agree on keys.
	handshakeTime = 10 * time.Second
	// secureBlocked is how much input is read while the session waits for something.
	secureBlocked = 64 << 10
)

// admit serves a connection that was counted in.
func (s *secure) admit(nc net.Conn, p *place) {
	c := &secureConn{
		s: s, tc: tls.Server(nc, s.srv.opts.TLS), place: p,
		remote: addressOf(nc.RemoteAddr(), nc.LocalAddr()), woken: make(chan struct{}, 1),
	}
	s.mu.Lock()
	if s.over {
		s.mu.Unlock()
		nc.Close()
		p.release()
		return
	}
	c.aside = s.srv.asides.add(s.srv.nextID.Add(1), nc)
	s.open[c] = struct{}{}
	s.mu.Unlock()
	if p.is(asNewcomer) {
		p.wait(func() { c.overdue.Store(true); c.wake() })
	} else {
		s.srv.counters.accepted.Add(1)
	}
	s.wg.Go(c.serve)
}

// wake has the goroutine look at the session again. Any goroutine may call it.
func (c *secureConn) wake() {
	select {
	case c.woken <- struct{}{}:
	default:
	}
	_ = c.tc.SetReadDeadline(time.Unix(1, 0))
}

// descriptor is the socket's, 0 once it is closed. Any goroutine may call it.
func (c *secureConn) descriptor() (fd int) {
	if sc, ok := c.tc.NetConn().(syscall.Conn); ok {
		if raw, err := sc.SyscallConn(); err == nil {
			_ = raw.Control(func(n uintptr) { fd = int(n) })
		}
	}
	return fd
}

func (c *secureConn) serve() {
	defer c.end()
	ctx, cancel := context.WithTimeout(context.Background(), handshakeTime)
	err := c.tc.HandshakeContext(ctx)
	cancel()
	if err != nil {
		c.s.srv.note(c.remote, "TLS: "+err.Error())
		return
	}
	info := connInfo{id: c.id, remote: c.remote, local: addressOf(c.tc.LocalAddr(), nil),
		fd: c.descriptor, wake: c.wake, refusal: c.place.refusal.bare(), refused: c.refused, node: c.place.promote}
	if chains := c.tc.ConnectionState().VerifiedChains; len(chains) > 0 {
		info.user = chains[0][0].Subject.CommonName
	}
	c.sess = c.s.srv.opts.sessions.newSession(info)
	c.touch()
	for c.execute() && !c.s.srv.stopping.Load() && !c.turnOut() && c.read() {
	}
}

// refused counts that a newcomer turned out to be a client.
func (c *secureConn) refused() { c.s.srv.refused(c.place.refusal, c.remote) }

// turnOut tells a newcomer whose time is over that it is not served, and reports whether it did.
func (c *secureConn) turnOut() bool {
	if !c.overdue.Load() || c.sess.Closing() || !c.place.is(asNewcomer) {
		return false
	}
	c.refused()
	c.send([]byte(c.place.refusal.text))
	return true
}

// end lets go of the connection, whatever ended it.
func (c *secureConn) end() {
	if p := recover(); p != nil {
		c.s.srv.counters.closed[byPanic].Add(1)
		c.s.srv.log.Error("a session panicked; its connection is closed",
			zap.Uint64("connection", c.id), zap.Any("panic", p), zap.ByteString("stack", debug.Stack()))
	}
	c.tc.Close()
	c.in = buffer{}
	c.s.srv.asides.remove(c.aside)
	c.s.mu.Lock()
	delete(c.s.open, c)
	c.s.mu.Unlock()
	if c.sess != nil {
		c.sess.Close()
	}
	c.place.release()
}

// execute runs what was read and sends the replies. It returns false when the connection is to be closed.
func (c *secureConn) execute() bool {
	turns := c.s.srv.turns
	for !c.sess.Closing() {
		used, replies := turns.run(c.sess, c.in.bytes(), runLimit)
		c.in.consume(used)
		if len(replies) > 0 && !c.send(replies) {
			return false
		}
		turns.done(replies)
		if !c.sess.Closing() && (c.sess.Blocked() || !c.sess.More()) {
			return true
		}
	}
	c.s.srv.note(c.remote, c.sess.Reason())
	return false
}

// send writes replies, which count until the client has taken them. It returns false when the connection is broken.
func (c *secureConn) send(out []byte) bool {
	c.holds(out)
	_ = c.tc.SetWriteDeadline(time.Now().Add(unsentTime))
	_, err := c.tc.Write(out)
	c.holds(nil)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		c.s.srv.counters.closed[byUnsent].Add(1)
	}
	if err != nil {
		return false
	}
	c.touch()
	return true
}

// touch puts off the end of an idle connection.
func (c *secureConn) touch() {
	c.idle = time.Time{}
	if d := c.s.srv.IdleTimeout(); d > 0 && !c.place.is(asNode) {
		c.idle = time.Now().Add(d)
	}
}

// read waits for input, or for a reason to look at the session. It returns false when the connection is
// to be closed.
func (c *secureConn) read() bool {
	if c.closed() {
		return false
	}
	if c.sess.Blocked() && c.in.len() >= secureBlocked {
		select {
		case <-c.woken:
		case <-time.After(time.Second):
		}
		return true
	}
	if !c.room() {
		return false
	}
	_ = c.tc.SetReadDeadline(c.idle)
	select {
	case <-c.woken: // before the deadline was set, which has hidden it
		return true
	default:
	}
	end := len(c.in.b)
	n, err := c.tc.Read(c.in.b[end:cap(c.in.b)])
	c.in.b = c.in.b[:end+n]
	if n > 0 {
		c.touch()
	}
	switch {
	case err == nil || n > 0:
		return true
	case !errors.Is(err, os.ErrDeadlineExceeded):
		return false
	case !c.idle.IsZero() && !time.Now().Before(c.idle):
		c.s.srv.counters.closed[byIdle].Add(1)
		return false
	}
	return true
}

// room makes room for input. It returns false when there is too much already.
func (c *secureConn) room() bool {
	switch {
	case c.in.len() == 0 && cap(c.in.b) > maxFree/2:
		c.in = buffer{}
	case c.in.off > 0:
		c.in.compact()
	}
	most := c.s.srv.backlog(c.sess)
	switch held := c.in.len(); {
	case held > most:
		c.s.srv.counters.closed[byBacklog].Add(1)
		c.s.srv.sayBacklog(c.id, held, 0)
		return false
	case held == cap(c.in.b):
		bigger := make([]byte, held, min(max(2*held, minBuffer), most+1)) // one more byte shows that it is too much
		copy(bigger, c.in.b)
		c.in.b = bigger
	}
	c.holds(nil)
	return true
}

// holds counts what the connection keeps beside replies on their way, out.
func (c *secureConn) holds(out []byte) {
	size := cap(c.in.b) + cap(out) + c.sess.Kept()
	if c.place.is(asNode) {
		size = 0 // see conn.account
	}
	c.keep(size)
}

// stop ends every connection after its replies so far.
func (s *secure) stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.open {
		c.wake()
	}
}

// closeAll ends everything at once and waits until it has ended.
func (s *secure) closeAll() {
	s.mu.Lock()
	s.over = true
	for c := range s.open {
		c.close()
		c.wake()
	}
	s.mu.Unlock()
	s.wg.Wait()
}
