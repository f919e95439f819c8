package main

import (
	"math/rand/v2"
	"net"
	"sync"
	"testing"
	"time"
)

// proxy passes bytes on in small pieces, some of them late, and resets connections on request.
type proxy struct {
	listener net.Listener
	to       string

	mu    sync.Mutex
	rnd   *rand.Rand
	slow  bool
	conns map[*net.TCPConn]bool
}

func newProxy(t *testing.T, to string, seed uint64) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{listener: l, to: to, rnd: rand.New(rand.NewPCG(seed, 3)), conns: map[*net.TCPConn]bool{}}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() { p.serve(c.(*net.TCPConn)) })
		}
	})
	t.Cleanup(func() {
		l.Close() //nolint:errcheck // the test is over
		p.reset()
		all.Wait()
	})
	return p
}

func (p *proxy) serve(c *net.TCPConn) {
	defer p.forget(c)
	s, err := net.DialTimeout("tcp", p.to, time.Second)
	p.mu.Lock()
	p.conns[c] = true
	p.mu.Unlock()
	if err != nil {
		return
	}
	server := s.(*net.TCPConn)
	defer p.forget(server)
	p.mu.Lock()
	p.conns[server] = true
	p.mu.Unlock()
	done := make(chan struct{})
	go func() {
		p.pass(server, c)
		c.Close() //nolint:errcheck // ends the other direction
		close(done)
	}()
	p.pass(c, server)
	server.Close() //nolint:errcheck // ends the other direction
	<-done
}

func (p *proxy) forget(c *net.TCPConn) {
	c.Close() //nolint:errcheck // may be closed already
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.conns, c)
}

func (p *proxy) pass(from, to net.Conn) {
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		for b := buf[:n]; len(b) > 0; {
			size, wait := p.piece(len(b))
			time.Sleep(wait)
			if _, err := to.Write(b[:size]); err != nil {
				return
			}
			b = b[size:]
		}
		if err != nil {
			return
		}
	}
}

// piece says how much of n bytes to pass on, and after which delay.
func (p *proxy) piece(n int) (size int, wait time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.slow {
		wait = time.Duration(p.rnd.IntN(20)) * time.Millisecond
	}
	if p.rnd.IntN(3) == 0 {
		n = 1 + p.rnd.IntN(n)
	}
	return n, wait
}

// delay makes the proxy slow, or fast again.
func (p *proxy) delay(slow bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.slow = slow
}

// reset breaks all connections, in the middle of whatever is under way.
func (p *proxy) reset() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		c.SetLinger(0) //nolint:errcheck // the connection may be closed
		c.Close()      //nolint:errcheck // it may be closed already
	}
}
