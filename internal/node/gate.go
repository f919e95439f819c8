package node

import (
	"sync"

	"github.com/cachegopher/cachegopher/replica"
)

// gate keeps a node from serving while another running node may have its id, since its own store may be empty. Without etcd
// it is always open.
type gate struct {
	opened chan struct{} // closed once the gate has been open

	mu     sync.Mutex // taken after the Member's mu
	open   bool
	admits replica.Admission // what the member says
}

// init makes the gate, open or closed. Call it before any other method.
func (g *gate) init(open bool) {
	g.opened, g.open = make(chan struct{}), open
	if open {
		close(g.opened)
	}
}

// admit applies what the member allows to clients; while the gate is closed, without serving them.
func (g *gate) admit(a replica.Admission, apply func(replica.Admission)) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.admits = a
	a.Serves = a.Serves && g.open
	apply(a)
}

// set opens or closes the gate.
func (g *gate) set(open bool, apply func(replica.Admission)) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.open == open {
		return
	}
	g.open = open
	a := g.admits
	a.Serves = a.Serves && open
	apply(a)
	select {
	case <-g.opened:
	default:
		close(g.opened) // the gate began closed, so this is its first opening
	}
}

func (g *gate) isOpen() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.open
}
