// Package proxy is a TCP proxy that does to connections what networks do: it breaks, delays, splits and loses.
package proxy

import (
	"math/rand/v2"
	"net"
	"sync"
	"time"
)

// Proxy stands between a primary and one of its secondaries, and does to their connections what networks do.
type Proxy struct {
	listener net.Listener
	to       string

	mu    sync.Mutex
	trade Trade // guarded by mu, as the following
	rnd   *rand.Rand
	conns map[*net.TCPConn]struct{}
	wg    sync.WaitGroup
	next  chan time.Time // takes the time of the next connection let through; nil: nobody asks
}

// Trade is what a proxy does to what passes.
type Trade struct {
	Refuse    bool          // connections are broken as soon as they are made
	LoseDown  bool          // what the primary sends vanishes
	LoseUp    bool          // what the secondary sends vanishes
	Delay     time.Duration // at most, of each piece
	Split     bool          // pieces of any size
	Duplicate bool          // what the primary sends is sent over a second connection as well
	Rate      int           // bytes a second; 0: as they come
}

// New starts a proxy to an address, on a free port of 127.0.0.1. Close must be called.
func New(to string, seed uint64) (*Proxy, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &Proxy{listener: l, to: to, rnd: rand.New(rand.NewPCG(seed, 9)), conns: map[*net.TCPConn]struct{}{}}
	p.wg.Go(p.accept)
	return p, nil
}

// Address is where it listens.
func (p *Proxy) Address() string { return p.listener.Addr().String() }

func (p *Proxy) accept() {
	for {
		c, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.wg.Go(func() { p.serve(c.(*net.TCPConn)) })
	}
}

// Does changes what the proxy does from now on.
func (p *Proxy) Does(t Trade) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.trade = t
}

func (p *Proxy) now() Trade {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.trade
}

// Next returns a channel that receives the time of the next connection that is let through.
func (p *Proxy) Next() <-chan time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.next = make(chan time.Time, 1)
	return p.next
}

func (p *Proxy) admitted() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.next != nil {
		p.next <- time.Now()
		p.next = nil
	}
}

// Cut breaks all connections in the middle of whatever is under way.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		c.SetLinger(0) //nolint:errcheck // it may be closed already
		c.Close()      //nolint:errcheck // likewise
	}
}

// Close ends it and its connections.
func (p *Proxy) Close() {
	p.listener.Close() //nolint:errcheck // done with it
	p.Cut()
	p.wg.Wait()
}

// CloseAll closes several.
func CloseAll(proxies []*Proxy) {
	for _, x := range proxies {
		x.Close()
	}
}

func (p *Proxy) dial() (*net.TCPConn, error) {
	c, err := net.DialTimeout("tcp", p.to, 2*time.Second)
	if err != nil {
		return nil, err
	}
	return c.(*net.TCPConn), nil
}

func (p *Proxy) keep(c *net.TCPConn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.conns[c] = struct{}{}
}

func (p *Proxy) forget(c *net.TCPConn) {
	c.Close() //nolint:errcheck // may be closed already
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.conns, c)
}

func (p *Proxy) serve(c *net.TCPConn) {
	p.keep(c)
	defer p.forget(c)
	t := p.now()
	if t.Refuse {
		return
	}
	p.admitted()
	up, err := p.dial()
	if err != nil {
		return
	}
	p.keep(up)
	defer p.forget(up)
	targets := []*net.TCPConn{up}
	if t.Duplicate {
		if twin, err := p.dial(); err == nil {
			p.keep(twin)
			defer p.forget(twin)
			targets = append(targets, twin)
		}
	}
	done := make(chan struct{})
	go func() {
		p.pass(up, []*net.TCPConn{c}, func(t Trade) bool { return t.LoseUp })
		c.Close() //nolint:errcheck // ends the other direction
		close(done)
	}()
	p.pass(c, targets, func(t Trade) bool { return t.LoseDown })
	for _, to := range targets {
		to.Close() //nolint:errcheck // ends the other direction
	}
	<-done
}

func (p *Proxy) pass(from *net.TCPConn, to []*net.TCPConn, loses func(Trade) bool) {
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		for b := buf[:n]; len(b) > 0; {
			size, wait, t := p.piece(len(b))
			time.Sleep(wait)
			for i, c := range to {
				if loses(t) {
					continue
				}
				if _, err := c.Write(b[:size]); err != nil && i == 0 {
					return
				}
			}
			b = b[size:]
		}
		if err != nil {
			return
		}
	}
}

// piece says how much of n bytes to pass on, and after which delay.
func (p *Proxy) piece(n int) (size int, wait time.Duration, t Trade) {
	p.mu.Lock()
	defer p.mu.Unlock()
	t = p.trade
	if t.Split {
		n = 1 + p.rnd.IntN(n)
	}
	if t.Delay > 0 {
		wait = time.Duration(p.rnd.Int64N(int64(t.Delay)))
	}
	if t.Rate > 0 {
		wait += time.Duration(n) * time.Second / time.Duration(t.Rate)
	}
	return n, wait, t
}
