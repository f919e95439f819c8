package server

import (
	"crypto/tls"
	"net"
	"strings"
	"time"

	"go.uber.org/zap"
)

// Why a connection is not served, for clients whose dialect is not known: a line is readable in both, the others are
// errors in RESP that people can read.
const (
	tooMany        = "ERROR: Too many connections\n"
	tooManyOfYours = "-ERR too many connections from your address\r\n"
	protected      = "-DENIED this node is in protected mode: it has no users and serves only clients of its own machine here. " +
		"Give its config security.users, or an address that is not public, or set security.protected to false\r\n"
)

// refusal is what a client is told that is not served, and what the log says.
type refusal struct{ text, why string }

var (
	overAll     = refusal{tooMany, "too many connections"}
	overAddress = refusal{tooManyOfYours, "too many connections from one address"}
	outside     = refusal{protected, "protected mode: turned away a client of another machine"}
)

// bare is the text for a session, which knows its client's dialect.
func (r refusal) bare() string {
	return strings.TrimSpace(strings.TrimPrefix(strings.TrimPrefix(r.text, "ERROR: "), "-ERR "))
}

// accept serves who connects to l, as admit does, until l is closed.
func (s *Server) accept(l net.Listener, admit func(net.Conn, *place)) {
	guarded := s.opts.Protected && ReachOfListener(l.Addr()) == ReachAll && !(l == s.tlsListener && s.opts.TLSVouched)
	s.reactor.Accept(l, func(nc net.Conn) {
		if p := s.welcome(nc, guarded); p != nil {
			admit(nc, p)
		}
	})
}

// welcome counts a connection in, as a newcomer where clients have a limit, or turns it away and returns nil. guarded
// says that only clients of this machine are served.
func (s *Server) welcome(nc net.Conn, guarded bool) *place {
	p := &place{srv: s, from: addrOf(nc.RemoteAddr())}
	if guarded && !p.from.IsLoopback() {
		s.turnAway(nc, outside)
		return nil
	}
	if s.rooms.clients.Add(1) > s.maxConns.Load() {
		p.refusal = overAll
	} else if !s.sources.enter(p.from, time.Now()) {
		p.refusal = overAddress
	}
	if p.refusal != (refusal{}) {
		s.rooms.clients.Add(-1)
		if s.rooms.newcomers.Add(1) > s.rooms.mostNewcomers {
			s.rooms.newcomers.Add(-1)
			s.turnAway(nc, p.refusal)
			return nil
		}
		p.room.Store(int32(asNewcomer))
	}
	return p
}

// turnAway tells a client why it is not served, and closes its connection.
func (s *Server) turnAway(nc net.Conn, r refusal) {
	s.refused(r, addressOf(nc.RemoteAddr(), nc.LocalAddr()))
	_ = nc.SetWriteDeadline(time.Now().Add(10 * time.Millisecond))
	_, _ = nc.Write([]byte(r.text))
	nc.Close()
}

// refused counts a client that is turned away. They come in crowds, so not all are logged.
func (s *Server) refused(r refusal, remote string) {
	if s.counters.rejected.Add(1)&1023 == 1 {
		s.log.Warn(r.why, zap.String("client", remote), zap.Int64("max_connections", s.maxConns.Load()))
	}
}

// admit serves a connection that was counted in.
func (s *Server) admit(nc net.Conn, p *place) {
	c := s.newConn(nc, p)
	newcomer := p.is(asNewcomer) // from now on it may become a node's at any time
	switch {
	case !c.serve(nc, ""):
	case newcomer:
		p.wait(c.expire)
	default:
		s.counters.accepted.Add(1)
	}
}

// admitTLS serves a connection that was counted in once it has agreed on keys.
func (s *Server) admitTLS(nc net.Conn, p *place) {
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
