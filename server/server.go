package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"github.com/cachegopher/cachegopher/server/reactor"
)

// Server serves the sessions of a node on its addresses. Create it with New.
type Server struct {
	opts    Options
	log     *zap.Logger
	reactor *reactor.Reactor
	loops   []*loop // in the order of the reactor's
	sources sources
	slots   slots

	listeners   []net.Listener
	tlsListener net.Listener // nil: none
	maxConns    atomic.Int64
	fileLimit   int64
	held        atomic.Int64 // limit of the buffers of all connections, in bytes
	heldMost    atomic.Int64 // beyond this connections are closed: see account
	heldStep    atomic.Int64 // a loop looks at the sum when its own part has grown by more
	counters    counters
	noted       [reasons]atomic.Int64 // time of the last line that rarely allowed, by the clock; 0: never

	stopping atomic.Bool
}

// New opens the addresses and starts the event loops; Run then serves. The
// error names the address, limit or option at fault. A Server whose Run is
// never called must be closed with Close.
func New(o Options) (*Server, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("server options: %w", err)
	}
	s := &Server{opts: o, log: o.Logger}
	s.SetAddressLimits(o.PerAddress, o.RatePerSecond)
	s.SetClientBuffers(o.ClientBuffers)
	if err := s.fitDescriptors(); err != nil {
		return nil, err
	}
	if err := s.listen(); err != nil {
		return nil, err
	}
	if s.reactor, err = reactor.New(o.EventLoops, o.Logger); err != nil {
		s.closeListeners()
		return nil, err
	}
	for _, l := range s.reactor.Loops() {
		own := &loop{Loop: l, scratch: o.sessions.newScratch()}
		l.Load = func() { o.sessions.load(own.scratch) }
		s.loops = append(s.loops, own)
	}
	s.SetKeepAlive(o.KeepAlive)
	s.SetIdleTimeout(o.IdleTimeout)
	s.listeners = append(s.listeners, o.Listeners...)
	return s, nil
}

// listen opens all addresses or none.
func (s *Server) listen() (err error) {
	for _, a := range s.opts.Addresses {
		l, err := reactor.Listen(a, s.opts.SocketMode)
		if err != nil {
			s.closeListeners()
			return err
		}
		s.listeners = append(s.listeners, l)
	}
	if s.opts.TLSAddress == "" {
		return nil
	}
	if s.tlsListener, err = reactor.Listen(s.opts.TLSAddress, 0); err != nil {
		s.closeListeners()
	}
	return err
}

// Addrs returns the addresses that the server listens on, with their actual ports.
func (s *Server) Addrs() []net.Addr {
	var addrs []net.Addr
	for _, l := range s.listeners {
		addrs = append(addrs, l.Addr())
	}
	return addrs
}

// TLSAddr returns the address of the TLS listener; nil if there is none.
func (s *Server) TLSAddr() net.Addr {
	if s.tlsListener == nil {
		return nil
	}
	return s.tlsListener.Addr()
}

// EventLoops returns the number of event loops.
func (s *Server) EventLoops() int { return len(s.loops) }

// CheckLoops returns nil once every event loop has taken a turn since the call, or an error that counts
// the loops that had not when ctx ended. A watchdog that depends on it notices a loop that is stuck.
func (s *Server) CheckLoops(ctx context.Context) error { return s.reactor.Check(ctx) }

// Run serves until ctx is done. It then answers the requests received and closes
// everything, within StopTimeout and a second. It returns an error if serving
// ended for another reason.
func (s *Server) Run(ctx context.Context) error {
	err := s.Serve(ctx)
	by := time.Now().Add(s.opts.StopTimeout)
	s.Drain(by)
	return errors.Join(err, s.Stop(by))
}

// Serve is the first part of Run: it serves until ctx is done, and closes the listeners. Drain and Stop must follow.
func (s *Server) Serve(ctx context.Context) error {
	var accepting sync.WaitGroup
	for _, l := range s.listeners {
		accepting.Go(func() { s.accept(l, s.admit) })
	}
	if s.tlsListener != nil {
		accepting.Go(func() { s.accept(s.tlsListener, s.admitTLS) })
	}
	err := s.reactor.Run(ctx)
	s.closeListeners()
	accepting.Wait()
	s.stopping.Store(true)
	return err
}

// Drain handles the requests received. It drops those that are left at by, because their clients do not take the replies to
// earlier ones. After it returns no request is handled any more, so nothing is written; replies are still sent.
func (s *Server) Drain(by time.Time) { s.reactor.Drain(by) }

// Stop waits until by for clients to take the replies that are left, and then closes everything.
func (s *Server) Stop(by time.Time) error { return s.reactor.Stop(by) }

// Close ends everything at once.
func (s *Server) Close() error {
	s.stopping.Store(true)
	s.closeListeners()
	return s.reactor.Close()
}

func (s *Server) closeListeners() {
	for _, l := range s.listeners {
		l.Close()
	}
	if s.tlsListener != nil {
		s.tlsListener.Close()
	}
}
