package testkit

import (
	"net"
	"sync"
	"testing"

	"github.com/cachegopher/cachegopher/internal/nodeprocess"
)

// Server accepts connections for a test.
type Server struct {
	Address string

	listener net.Listener
	mu       sync.Mutex
	conns    map[net.Conn]bool // nil after Close
	handlers sync.WaitGroup
}

// Serve accepts connections on a free port of 127.0.0.1 until Close or the end of the test. Each has a goroutine of its own,
// which calls handle and then closes it.
func Serve(t testing.TB, handle func(net.Conn)) *Server {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return ServeOn(t, l, handle)
}

// ServeOn is Serve with a given listener.
func ServeOn(t testing.TB, l net.Listener, handle func(net.Conn)) *Server {
	s := &Server{Address: l.Addr().String(), listener: l, conns: map[net.Conn]bool{}}
	s.handlers.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			s.handlers.Go(func() {
				defer c.Close() //nolint:errcheck // done with it
				if s.keep(c) {
					handle(c)
				}
				s.mu.Lock()
				defer s.mu.Unlock()
				delete(s.conns, c)
			})
		}
	})
	t.Cleanup(s.Close)
	return s
}

// keep notes a connection for Close; it returns false after Close.
func (s *Server) keep(c net.Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conns != nil {
		s.conns[c] = true
	}
	return s.conns != nil
}

// Each calls do with each open connection.
func (s *Server) Each(do func(net.Conn)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		do(c)
	}
}

// Close refuses further connections, closes those that are open, and returns when all handlers have.
func (s *Server) Close() {
	s.listener.Close() //nolint:errcheck // a second call does nothing
	s.mu.Lock()
	for c := range s.conns {
		c.Close() //nolint:errcheck // its handler may have closed it
	}
	s.conns = nil
	s.mu.Unlock()
	s.handlers.Wait()
}

// Nobody returns an address of 127.0.0.1 at which nothing listens.
func Nobody(t testing.TB) (address string) {
	t.Helper()
	free, err := nodeprocess.FreeAddresses(1)
	if err != nil {
		t.Fatal(err)
	}
	return free[0]
}
