package servertest

import (
	"net"
	"sync"
	"time"

	"github.com/cachegopher/cachegopher/internal/nodeprocess"
)

// proxy passes connections on to a node, with faults.
type proxy struct {
	address string // does not change

	mu      sync.Mutex
	l       net.Listener // nil while connections are refused
	node    string
	links   map[*link]bool
	gate    chan struct{} // closed unless stalled
	stalled bool
	decide  func(args []string) Fault
	wg      sync.WaitGroup
}

func newProxy() (*proxy, error) {
	l, err := nodeprocess.Listen()
	if err != nil {
		return nil, err
	}
	p := &proxy{address: l.Addr().String(), l: l, links: map[*link]bool{}, gate: make(chan struct{})}
	close(p.gate)
	return p, nil
}

// to sets the node's address.
func (p *proxy) to(node string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.node = node
}

// listen accepts connections, always at the same address.
func (p *proxy) listen() (err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for end := time.Now().Add(readyTimeout); p.l == nil; time.Sleep(10 * time.Millisecond) {
		// Another process may use the port for a moment, as the local port of a connection.
		if p.l, err = net.Listen("tcp", p.address); err != nil {
			p.l = nil
			if time.Now().After(end) {
				return err
			}
		}
	}
	l := p.l
	p.wg.Go(func() { p.accept(l) })
	return nil
}

func (p *proxy) accept(l net.Listener) {
	for {
		client, err := l.Accept()
		if err != nil {
			return
		}
		p.mu.Lock()
		node := p.node
		p.mu.Unlock()
		up, err := net.Dial("tcp", node)
		if err != nil {
			client.Close()
			continue
		}
		k := &link{p: p, client: client, node: up}
		p.mu.Lock()
		if p.l != l { // refuse was called meanwhile
			p.mu.Unlock()
			k.cut()
			continue
		}
		p.links[k] = true
		p.wg.Go(k.requests)
		p.wg.Go(k.replies)
		p.mu.Unlock()
	}
}

// refuse stops listening and closes all connections.
func (p *proxy) refuse() {
	p.mu.Lock()
	if p.l != nil {
		p.l.Close()
		p.l = nil
	}
	p.mu.Unlock()
	p.cut()
}

func (p *proxy) close() {
	p.refuse()
	p.resume()
	p.wg.Wait()
}

func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for k := range p.links {
		k.cut()
	}
}

func (p *proxy) stall() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.stalled {
		p.stalled = true
		p.gate = make(chan struct{})
	}
}

func (p *proxy) resume() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stalled {
		p.stalled = false
		close(p.gate)
	}
}

// clear ends all faults.
func (p *proxy) clear() {
	p.resume()
	p.onRequest(nil)
}

func (p *proxy) onRequest(decide func(args []string) Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.decide = decide
}

// pass waits while the proxy is stalled. It returns false if the link has ended.
func (p *proxy) pass(k *link) bool {
	p.mu.Lock()
	gate := p.gate
	p.mu.Unlock()
	<-gate
	return !k.ended.Load()
}

// fault asks decide about a request.
func (p *proxy) fault(args []string) Fault {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.decide == nil {
		return Fault{}
	}
	return p.decide(args)
}
