package server

import (
	"errors"
	"net"
	"net/netip"
	"time"

	"go.uber.org/zap"
)

// tooMany is what a client is told that is one too many. It does not know the
// client's dialect yet; a line is readable in both.
const tooMany = "ERROR: Too many connections\n"

// Why else a client is turned away: errors in RESP, and readable for people.
const (
	tooManyOfYours = "-ERR too many connections from your address\r\n"
	protected      = "-DENIED this node is in protected mode: it has no users and serves only clients of its own machine here. " +
		"Give its config security.users, or an address that is not public, or set security.protected to false\r\n"
)

// accept takes connections, which it gives to admit, until the listener is closed. A failure, for instance
// for want of descriptors, is waited out: clients stay in the kernel's queue.
func (s *Server) accept(l net.Listener, admit func(net.Conn)) {
	const least, most = 5 * time.Millisecond, 500 * time.Millisecond
	guarded := s.opts.Protected && ReachOfListener(l.Addr()) == ReachAll && !(l == s.tlsListener && s.opts.TLSVouched)
	for wait := least; ; {
		nc, err := l.Accept()
		switch {
		case err == nil:
			wait = least
			s.keepAlive(nc)
			boundUnsent(nc)
			if s.welcome(nc, guarded) {
				admit(nc)
			}
		case errors.Is(err, net.ErrClosed):
			return
		default:
			if s.counters.acceptFails.Add(1); wait == least {
				s.log.Warn("cannot accept connections", zap.Error(err))
			}
			time.Sleep(wait)
			wait = min(2*wait, most)
		}
	}
}

// keepAlive has the system probe a silent client. It is set on the connection rather than by the
// listener, since not every listener is opened here.
func (s *Server) keepAlive(nc net.Conn) {
	if tc, ok := nc.(*net.TCPConn); ok && s.opts.KeepAlive > 0 {
		every := s.opts.KeepAlive
		_ = tc.SetKeepAliveConfig(net.KeepAliveConfig{Enable: true, Idle: every, Interval: every, Count: -1})
	}
}

// welcome counts a connection in, or turns it away and returns false. guarded says that only clients of
// this machine are served.
func (s *Server) welcome(nc net.Conn, guarded bool) bool {
	from := addrOf(nc.RemoteAddr())
	if guarded && !from.IsLoopback() {
		s.turnAway(nc, protected, "protected mode: turned away a client of another machine")
		return false
	}
	if s.conns.Add(1) > s.maxConns.Load() {
		s.conns.Add(-1)
		s.turnAway(nc, tooMany, "too many connections")
		return false
	}
	if !s.sources.enter(from, time.Now()) {
		s.conns.Add(-1)
		s.turnAway(nc, tooManyOfYours, "too many connections from one address")
		return false
	}
	return true
}

// turnAway tells a client why it is not served. Such clients come in crowds, so not all are logged.
func (s *Server) turnAway(nc net.Conn, text, why string) {
	if s.counters.rejected.Add(1)&1023 == 1 {
		s.log.Warn(why, zap.String("client", addressOf(nc.RemoteAddr(), nc.LocalAddr())), zap.Int64("max_connections", s.maxConns.Load()))
	}
	_ = nc.SetWriteDeadline(time.Now().Add(10 * time.Millisecond))
	_, _ = nc.Write([]byte(text))
	nc.Close()
}

// admit gives a connection to a loop.
func (s *Server) admit(nc net.Conn) {
	c := &conn{srv: s, id: s.nextID.Add(1), from: addrOf(nc.RemoteAddr()), remote: addressOf(nc.RemoteAddr(), nc.LocalAddr())}
	c.sess = s.opts.sessions.newSession(connInfo{
		id: c.id, remote: c.remote, local: addressOf(nc.LocalAddr(), nil), fd: c.descriptor,
		wake: func() {
			if l := c.home.Load(); l != nil {
				l.post(c)
			}
		},
	})
	if _, err := s.engine.EnrollContext(nc, c); err != nil {
		s.counters.acceptFails.Add(1)
		s.log.Warn("cannot serve a connection", zap.Error(err))
		c.sess.Close()
		s.release(c.from)
		return
	}
	s.counters.accepted.Add(1)
}

// release says that a connection of the client address is over.
func (s *Server) release(from netip.Addr) {
	s.conns.Add(-1)
	s.sources.leave(from)
}

// addressOf shows an address; the client's end of a unix socket has none, so it
// goes by the server's.
func addressOf(a, instead net.Addr) string {
	if a == nil || a.String() == "" || a.String() == "@" {
		if instead == nil {
			return "unix"
		}
		return instead.String() + ":0"
	}
	return a.String()
}
