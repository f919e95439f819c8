package node

import (
	"sync"

	"github.com/cachegopher/cachegopher/replica"
)

// gate decides what clients may do. It passes on what the member says, with two exceptions. The node serves nobody while
// another running node may have its id, since its own store may be empty; without etcd that is never so. And writes wait
// while slots are handed over to another group.
type gate struct {
	opened chan struct{} // closed once the gate has been open

	mu     sync.Mutex // taken after the Member's mu; held while writes come to a halt
	open   bool
	admits replica.Admission // what the member says
	holds  bool              // writes wait, because slots are handed over to another group
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
	apply(g.admission())
}

// hold makes writes wait that the member allows, or ends that.
func (g *gate) hold(is bool, apply func(replica.Admission)) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.holds != is {
		g.holds = is
		apply(g.admission())
	}
}

// admission is what clients may do. REQUIRES mu.
func (g *gate) admission() replica.Admission {
	a := g.admits
	a.Serves = a.Serves && g.open
	if g.holds && a.Writes == replica.WritesAllowed {
		a.Writes = replica.WritesHeld
	}
	return a
}

// set opens or closes the gate.
func (g *gate) set(open bool, apply func(replica.Admission)) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.open == open {
		return
	}
	g.open = open
	apply(g.admission())
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
