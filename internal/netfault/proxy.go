// Package netfault is a TCP proxy that injects network faults: it breaks connections and delays, splits and drops data.
package netfault

import (
	"math/rand/v2"
	"net"
	"sync"
	"time"

	"github.com/cachegopher/cachegopher/internal/nodeprocess"
)

// Proxy stands between a client, for example a primary, and a server, for example one of its secondaries.
type Proxy struct {
	Address string // the address it listens on
	relay   func(client, server *net.TCPConn)

	mu       sync.Mutex
	to       string
	listener net.Listener // nil: connections are refused; guarded by mu, as the following
	fault    Fault
	rnd      *rand.Rand
	conns    map[*net.TCPConn]struct{}
	accepted int
	wg       sync.WaitGroup
	next     chan time.Time // receives the time of the next connection let through; nil: nobody waits
}

// Fault says which faults a proxy injects.
type Fault struct {
	Refuse    bool            // connections are reset as soon as they are accepted
	Says      *string         // each connection receives this text and is closed
	Hold      <-chan struct{} // until it is closed, connections are accepted but nothing passes
	LoseDown  bool            // data from the client is dropped
	LoseUp    bool            // data from the server is dropped
	Delay     time.Duration   // longest delay of each piece
	Split     int             // one in Split pieces is cut at a random position; 0: none
	Duplicate bool            // data from the client is also sent over a second connection
	Rate      int             // bytes a second; 0: unlimited
}

// New starts a proxy to an address, on a free port of 127.0.0.1. Close must be called.
func New(to string, seed uint64) (*Proxy, error) {
	return (&Proxy{to: to, rnd: rand.New(rand.NewPCG(seed, 9))}).start()
}

// NewRelay starts a proxy whose connections relay passes on, to the server that To names. Of the faults it has only those of
// new connections. When relay returns, the connections are closed. Close must be called.
func NewRelay(relay func(client, server *net.TCPConn)) (*Proxy, error) {
	return (&Proxy{relay: relay}).start()
}

func (p *Proxy) start() (*Proxy, error) {
	l, err := nodeprocess.Listen()
	if err != nil {
		return nil, err
	}
	p.Address, p.conns = l.Addr().String(), map[*net.TCPConn]struct{}{}
	p.accept(l)
	return p, nil
}

// To sets the server's address for connections from now on.
func (p *Proxy) To(address string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.to = address
}

// openWithin bounds the time in which another process may have the port, for example as the local port of a connection.
const openWithin = 30 * time.Second

// Open makes a proxy listen again after Shut, at the same address.
func (p *Proxy) Open() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.listener != nil {
		return nil
	}
	l, err := net.Listen("tcp", p.Address)
	for end := time.Now().Add(openWithin); err != nil && time.Now().Before(end); l, err = net.Listen("tcp", p.Address) {
		time.Sleep(10 * time.Millisecond)
	}
	if err != nil {
		return err
	}
	p.accept(l)
	return nil
}

// accept serves the connections of a listener. The caller holds mu, unless nobody else has the proxy yet.
func (p *Proxy) accept(l net.Listener) {
	p.listener = l
	p.wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			p.wg.Go(func() { p.serve(c.(*net.TCPConn)) })
		}
	})
}

// Shut makes the system refuse connections, as if nothing listened. Existing connections stay.
func (p *Proxy) Shut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.listener != nil {
		p.listener.Close() //nolint:errcheck // no longer needed
		p.listener = nil
	}
}

// Accepted is the number of accepted connections.
func (p *Proxy) Accepted() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.accepted
}

// Does sets the faults from now on.
func (p *Proxy) Does(f Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fault = f
}

// Next returns a channel that receives the time of the next connection that is let through.
func (p *Proxy) Next() <-chan time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.next = make(chan time.Time, 1)
	return p.next
}

// admitted counts a connection.
func (p *Proxy) admitted(f Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.accepted++
	if p.next != nil && !f.Refuse {
		p.next <- time.Now()
		p.next = nil
	}
}

// Cut resets all connections, in the middle of any transfer.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		c.SetLinger(0) //nolint:errcheck // it may be closed already
		c.Close()      //nolint:errcheck // likewise
	}
}

// Close stops the proxy and closes its connections.
func (p *Proxy) Close() {
	p.Shut()
	p.Cut()
	p.wg.Wait()
}

// CloseAll closes all proxies.
func CloseAll(proxies []*Proxy) {
	for _, x := range proxies {
		x.Close()
	}
}

func (p *Proxy) dial() (*net.TCPConn, error) {
	p.mu.Lock()
	to := p.to
	p.mu.Unlock()
	c, err := net.DialTimeout("tcp", to, 2*time.Second)
	if err != nil {
		return nil, err
	}
	return c.(*net.TCPConn), nil
}

// keep registers c for Cut, and returns the current fault.
func (p *Proxy) keep(c *net.TCPConn) Fault {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.conns[c] = struct{}{}
	return p.fault
}

func (p *Proxy) forget(c *net.TCPConn) {
	c.Close() //nolint:errcheck // may be closed already
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.conns, c)
}
