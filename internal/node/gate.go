package node

import (
	"sync"

	"github.com/cachegopher/cachegopher/replica"
)

// gate keeps a node from serving while another running node may have its id: its own store may be empty. It is open in a
// node without etcd.
type gate struct {
	opened chan struct{} // closed once the gate has been open

	mu     sync.Mutex // taken after that of the Member
	open   bool
	admits replica.Admission // what the member says
}

// close makes the gate, closed if that is true.
func (g *gate) close(is bool) {
	g.opened, g.open = make(chan struct{}), !is
	if !is {
		close(g.opened)
	}
}

// admit passes on what the member says about clients, as far as the gate is open.
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
		close(g.opened) // it opens, since it was closed at first
	}
}

func (g *gate) isOpen() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.open
}
