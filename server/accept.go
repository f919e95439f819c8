package server

import (
	"crypto/tls"
	"net"
	"strings"
	"time"

	"go.uber.org/zap"
)

// Texts for refused clients whose dialect is not known yet: tooMany is a line that both dialects
// understand, the others are errors in RESP that people can read.
const (
	tooMany        = "ERROR: Too many connections\n"
	tooManyOfYours = "-ERR too many connections from your address\r\n"
	protected      = "-DENIED this node is in protected mode: it has no users and serves only clients of its own machine here. " +
		"Give its config security.users, or an address that is not public, or set security.protected to false\r\n"
)

// refusal is the reason why a client is not served: the text that it gets, and the log line.
type refusal struct{ text, why string }

var (
	overAll     = refusal{tooMany, "too many connections"}
	overAddress = refusal{tooManyOfYours, "too many connections from one address"}
	outside     = refusal{protected, "protected mode: turned away a client of another machine"}
)

// bare is the text without its prefix, for a session, which knows its client's dialect.
func (r refusal) bare() string {
	return strings.TrimSpace(strings.TrimPrefix(strings.TrimPrefix(r.text, "ERROR: "), "-ERR "))
}

// accept passes connections to l to admit, unless they are turned away, until l is closed.
func (s *Server) accept(l net.Listener, admit func(net.Conn, *slot)) {
	guarded := s.opts.Protected && ReachOfListener(l.Addr()) == ReachAll && !(l == s.tlsListener && s.opts.TLSVouched)
	s.reactor.Accept(l, func(nc net.Conn) {
		if p := s.welcome(nc, guarded); p != nil {
			admit(nc, p)
		}
	})
}

// welcome counts a connection, as a newcomer if a limit of clients is reached. If there is no room for newcomers either
// it is turned away, and welcome returns nil. If guarded, only clients of this machine are served.
func (s *Server) welcome(nc net.Conn, guarded bool) *slot {
	p := &slot{srv: s, from: addrOf(nc.RemoteAddr())}
	if guarded && !p.from.IsLoopback() {
		s.turnAway(nc, outside)
		return nil
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
			s.turnAway(nc, p.refusal)
			return nil
		}
		p.class.Store(int32(asNewcomer))
	}
	return p
}

// turnAway sends a client the reason why it is not served, and closes its connection.
func (s *Server) turnAway(nc net.Conn, r refusal) {
	s.refused(r, addressOf(nc.RemoteAddr(), nc.LocalAddr()))
	_ = nc.SetWriteDeadline(time.Now().Add(10 * time.Millisecond))
	_, _ = nc.Write([]byte(r.text))
	nc.Close()
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
