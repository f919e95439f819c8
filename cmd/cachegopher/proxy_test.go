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
	t       *testing.T
	address string
	to      string
	all     sync.WaitGroup

	mu    sync.Mutex
	l     net.Listener // nil: shut
	rnd   *rand.Rand
	slow  bool
	held  chan struct{} // not nil: until it is closed, connections are accepted and nothing is passed on
	muted bool          // what arrives is dropped
	says  *string       // not nil: the proxy answers each connection with this and closes it
	seen  int           // connections that were accepted
	conns map[*net.TCPConn]bool
}

func newProxy(t *testing.T, to string, seed uint64) *proxy {
	p := &proxy{t: t, address: freeAddress(t), to: to, rnd: rand.New(rand.NewPCG(seed, 3)), conns: map[*net.TCPConn]bool{}}
	t.Cleanup(func() {
		p.shut()
		p.reset()
		p.all.Wait()
	})
	return p
}

// open makes the proxy listen. It is shut at first, and whenever nothing listens behind it, so that connections are refused
// as they would be without it.
func (p *proxy) open() {
	p.t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.l != nil {
		return
	}
	l, err := net.Listen("tcp", p.address)
	if err != nil {
		p.t.Fatal(err)
	}
	p.l = l
	p.all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			p.all.Go(func() { p.serve(c.(*net.TCPConn)) })
		}
	})
}

// shut makes the proxy refuse connections. Existing ones stay.
func (p *proxy) shut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.l != nil {
		p.l.Close() //nolint:errcheck // of no use any more
		p.l = nil
	}
}

func (p *proxy) serve(c *net.TCPConn) {
	defer p.forget(c)
	p.mu.Lock()
	held, says := p.held, p.says
	p.seen++
	p.mu.Unlock()
	if says != nil {
		c.Write([]byte(*says)) //nolint:errcheck // it may have gone
		return
	}
	if held != nil {
		<-held
	}
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
		if p.isMuted() {
			n = 0
		}
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

// hold makes the proxy accept connections and pass nothing on, until the returned function is called.
func (p *proxy) hold() (release func()) {
	held := make(chan struct{})
	p.mu.Lock()
	p.held = held
	p.mu.Unlock()
	release = sync.OnceFunc(func() {
		p.mu.Lock()
		p.held = nil
		p.mu.Unlock()
		close(held)
	})
	p.t.Cleanup(release)
	return release
}

// mute makes the proxy drop what arrives, as a broken network does. To end it resets the connections, which lack bytes.
func (p *proxy) mute(is bool) {
	p.mu.Lock()
	p.muted = is
	p.mu.Unlock()
	if !is {
		p.reset()
	}
}

func (p *proxy) isMuted() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.muted
}

// say makes the proxy answer each new connection with text and close it; nil: pass on again.
func (p *proxy) say(text *string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.says = text
}

// accepted returns the number of connections that the proxy has accepted.
func (p *proxy) accepted() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.seen
}

// reset resets all connections.
func (p *proxy) reset() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		c.SetLinger(0) //nolint:errcheck // the connection may be closed
		c.Close()      //nolint:errcheck // it may be closed already
	}
}
