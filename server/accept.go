package server

import (
	"crypto/tls"
	"net"
	"time"

	"go.uber.org/zap"

	"github.com/cachegopher/cachegopher/server/reactor"
)

// Texts for refused clients, each behind its code.
const (
	tooMany        = "ERR Too many connections"
	tooManyOfYours = "ERR too many connections from your address"
	protected      = "DENIED this node is in protected mode: it has no users and serves only clients of its own machine here. " +
		"Give its config security.users, or an address that is not public, or set security.protected to false"
)

// refusal is the reason why a client is not served: the text that it gets in its dialect, what it gets if it has not shown
// its dialect yet, and the log line.
type refusal struct{ text, early, why string }

// People must be able to read what is sent early, and programs that speak RESP to take it for an error. The first is a line,
// as people have always got it who only connect.
var (
	overAll     = refusal{tooMany, "ERROR: Too many connections\n", "too many connections"}
	overAddress = refusal{tooManyOfYours, "-" + tooManyOfYours + "\r\n", "too many connections from one address"}
	outside     = refusal{protected, "-" + protected + "\r\n", "protected mode: turned away a client of another machine"}
)

// accept passes connections to l to admit, unless they are turned away, until l is closed.
func (s *Server) accept(l net.Listener, admit func(net.Conn, *slot)) {
	secure := l == s.tlsListener
	guarded := s.opts.Protected && ReachOfListener(l.Addr()) == ReachAll && !(secure && s.opts.TLSVouched)
	s.reactor.Accept(l, func(nc net.Conn) {
		p, r := s.welcome(nc, guarded)
		if p == nil {
			s.turnAway(nc, r, secure)
			return
		}
		admit(nc, p)
	})
}

// welcome counts a connection, as a newcomer if a limit of clients is reached. If there is no room for newcomers either,
// it returns nil, and the reason to turn the connection away. If guarded, only clients of this machine are served.
func (s *Server) welcome(nc net.Conn, guarded bool) (*slot, refusal) {
	p := &slot{srv: s, from: addrOf(nc.RemoteAddr())}
	if guarded && !p.from.IsLoopback() {
		return nil, outside
	}
	if s.slots.clients.Add(1) > s.maxConns.Load() {
		p.refusal = overAll
	} else if !s.sources.enter(p.from, time.Now()) {
		p.refusal = overAddress
	}
	if p.refusal != (refusal{}) {
		s.slots.clients.Add(-1)
		if s.slots.newcomers.Add(1) > s.slots.mostNewcomers {
			s.slots.newcomers.Add(-1)
			return nil, p.refusal
		}
		p.class.Store(int32(asNewcomer))
	}
	return p, p.refusal
}

// turnAway sends a client the reason why it is not served, and closes its connection. What the client has sent by now shows
// its dialect, and is read for another reason too: bytes that nobody reads would make the kernel reset the connection, and the
// client lose the reason. A client of the TLS listener gets none, since it expects nothing before the handshake.
func (s *Server) turnAway(nc net.Conn, r refusal, secure bool) {
	defer nc.Close() //nolint:errcheck // done with it
	s.refused(r, addressOf(nc.RemoteAddr(), nc.LocalAddr()))
	var sent [4 << 10]byte
	n := reactor.Arrived(nc, sent[:])
	if secure {
		return
	}
	text := []byte(r.early)
	if n > 0 {
		if own := s.opts.sessions.refuse(sent[:n], r.text); own != nil {
			text = own
		}
	}
	_ = nc.SetWriteDeadline(time.Now().Add(10 * time.Millisecond))
	_, _ = nc.Write(text)
}

// refused counts a client that is turned away. It logs one in 1,024, since there may be many at once.
func (s *Server) refused(r refusal, remote string) {
	if s.counters.rejected.Add(1)&1023 == 1 {
		s.log.Warn(r.why, zap.String("client", remote), zap.Int64("max_connections", s.maxConns.Load()))
	}
}

// admit serves a connection that welcome has counted.
func (s *Server) admit(nc net.Conn, p *slot) {
	c := s.newConn(nc, p)
	newcomer := p.is(asNewcomer) // once it is served it may become a node at any time
	switch {
	case !c.serve(nc, ""):
	case newcomer:
		p.wait(c.expire)
	default:
		s.counters.accepted.Add(1)
	}
}

// admitTLS serves a connection that welcome has counted, after its handshake.
func (s *Server) admitTLS(nc net.Conn, p *slot) {
	c := s.newConn(nc, p)
	newcomer := p.is(asNewcomer)
	cancel := s.reactor.Handshake(nc, s.opts.TLS, func(tc *tls.Conn, err error) {
		if err != nil {
			if !s.stopping.Load() {
				s.note(c.remote, "TLS: "+err.Error())
			}
			p.release()
			return
		}
		user := ""
		if chains := tc.ConnectionState().VerifiedChains; len(chains) > 0 {
			user = chains[0][0].Subject.CommonName
		}
		c.serve(tc, user)
	})
	if newcomer {
		p.wait(func() { cancel(); c.expire() })
		return
	}
	s.counters.accepted.Add(1)
}

// addressOf formats an address. The client's end of a unix socket has none; the server's is used instead.
func addressOf(a, instead net.Addr) string {
	if a == nil || a.String() == "" || a.String() == "@" {
		if instead == nil {
			return "unix"
		}
		return instead.String() + ":0"
	}
	return a.String()
}
