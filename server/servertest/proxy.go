package servertest

import (
	"net"
	"sync"

	"github.com/cachegopher/cachegopher/internal/netfault"
)

// proxy passes connections on to a node, with faults.
type proxy struct {
	*netfault.Proxy
	ready func() // passes on the connections that came before the node listened

	mu      sync.Mutex
	gate    chan struct{} // closed unless stalled
	stalled bool
	decide  func(args []string) Fault
}

func newProxy() (*proxy, error) {
	held := make(chan struct{})
	p := &proxy{gate: make(chan struct{}), ready: sync.OnceFunc(func() { close(held) })}
	close(p.gate)
	var err error
	if p.Proxy, err = netfault.NewRelay(p.relay); err != nil {
		return nil, err
	}
	p.Does(netfault.Fault{Hold: held})
	return p, nil
}

// relay passes on what the two ends of a connection send, until both directions have ended.
func (p *proxy) relay(client, node *net.TCPConn) {
	k := &link{p: p, client: client, node: node}
	var directions sync.WaitGroup
	directions.Go(k.requests)
	directions.Go(k.replies)
	directions.Wait()
}

// listen accepts connections, always at the same address.
func (p *proxy) listen() error {
	p.ready()
	return p.Open()
}

// refuse stops listening and closes all connections.
func (p *proxy) refuse() {
	p.Shut()
	p.Cut()
}

func (p *proxy) close() {
	p.ready()
	p.resume()
	p.Close()
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

// pass waits while the proxy is stalled.
func (p *proxy) pass() {
	p.mu.Lock()
	gate := p.gate
	p.mu.Unlock()
	<-gate
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
