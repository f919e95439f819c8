//go:build linux

package main

import (
	"math/rand/v2"
	"net"
	"sync"
	"time"
)

// proxy stands between a primary and one of its secondaries, and does to their connections what networks do.
type proxy struct {
	listener net.Listener
	to       string

	mu    sync.Mutex
	trade trade // guarded by mu, as the following
	rnd   *rand.Rand
	conns map[*net.TCPConn]struct{}
	wg    sync.WaitGroup
}

// trade is what a proxy does to what passes.
type trade struct {
	refuse    bool          // connections are broken as soon as they are made
	loseDown  bool          // what the primary sends vanishes
	loseUp    bool          // what the secondary sends vanishes
	delay     time.Duration // at most, of each piece
	split     bool          // pieces of any size
	duplicate bool          // what the primary sends is sent over a second connection as well
	rate      int           // bytes a second; 0: as they come
}

func newProxy(to string, seed uint64) (*proxy, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &proxy{listener: l, to: to, rnd: rand.New(rand.NewPCG(seed, 9)), conns: map[*net.TCPConn]struct{}{}}
	p.wg.Go(p.accept)
	return p, nil
}

func (p *proxy) address() string { return p.listener.Addr().String() }

func (p *proxy) accept() {
	for {
		c, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.wg.Go(func() { p.serve(c.(*net.TCPConn)) })
	}
}

// does changes what the proxy does from now on.
func (p *proxy) does(t trade) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.trade = t
}

func (p *proxy) now() trade {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.trade
}

// cut breaks all connections in the middle of whatever is under way.
func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		reset(c)
	}
}

func (p *proxy) close() {
	p.listener.Close() //nolint:errcheck // done with it
	p.cut()
	p.wg.Wait()
}

func closeAll(proxies []*proxy) {
	for _, x := range proxies {
		x.close()
	}
}

func (p *proxy) dial() (*net.TCPConn, error) {
	c, err := net.DialTimeout("tcp", p.to, 2*time.Second)
	if err != nil {
		return nil, err
	}
	return c.(*net.TCPConn), nil
}

func (p *proxy) keep(c *net.TCPConn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.conns[c] = struct{}{}
}

func (p *proxy) forget(c *net.TCPConn) {
	c.Close() //nolint:errcheck // may be closed already
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.conns, c)
}

func (p *proxy) serve(c *net.TCPConn) {
	p.keep(c)
	defer p.forget(c)
	t := p.now()
	if t.refuse {
		return
	}
	up, err := p.dial()
	if err != nil {
		return
	}
	p.keep(up)
	defer p.forget(up)
	targets := []*net.TCPConn{up}
	if t.duplicate {
		if twin, err := p.dial(); err == nil {
			p.keep(twin)
			defer p.forget(twin)
			targets = append(targets, twin)
		}
	}
	done := make(chan struct{})
	go func() {
		p.pass(up, []*net.TCPConn{c}, func(t trade) bool { return t.loseUp })
		c.Close() //nolint:errcheck // ends the other direction
		close(done)
	}()
	p.pass(c, targets, func(t trade) bool { return t.loseDown })
	for _, to := range targets {
		to.Close() //nolint:errcheck // ends the other direction
	}
	<-done
}

func (p *proxy) pass(from *net.TCPConn, to []*net.TCPConn, loses func(trade) bool) {
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
func (p *proxy) piece(n int) (size int, wait time.Duration, t trade) {
	p.mu.Lock()
	defer p.mu.Unlock()
	t = p.trade
	if t.split {
		n = 1 + p.rnd.IntN(n)
	}
	if t.delay > 0 {
		wait = time.Duration(p.rnd.Int64N(int64(t.delay)))
	}
	if t.rate > 0 {
		wait += time.Duration(n) * time.Second / time.Duration(t.rate)
	}
	return n, wait, t
}
