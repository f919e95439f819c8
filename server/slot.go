package server

import (
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Connections beyond the limits of clients are not all clients: other nodes of the group and health checks must connect
// even when clients crowd a node. So a connection beyond a limit is admitted as a newcomer. It has a short time to show that it
// is another node, and may not use commands for clients. There are few slots for newcomers; the oldest newcomer
// makes room for the next, so that idle connections block no other client. Once another node has taken a connection over, it
// no longer counts as a client, and no limit of clients applies to it.
const (
	// besideClients bounds the connections that are not clients, if there are enough descriptors.
	besideClients = 160
	// newcomerTime bounds the time of a newcomer.
	newcomerTime = 2 * time.Second
	// newcomerLinger bounds the time in which a rejected newcomer must close its side.
	newcomerLinger = 100 * time.Millisecond
)

// share divides descriptors: a fifth for nodes, the rest for newcomers. Only a quarter of these may wait, since
// newcomers that were turned away are not closed at once.
func (r *slots) share(descriptors int64) {
	r.mostNodes = max(descriptors/5, 1)
	r.mostNewcomers = max(descriptors-r.mostNodes, 1)
	r.mostWaiting = int(max(r.mostNewcomers/4, 1))
}

// class is the limit that a connection counts towards.
type class int32

const (
	asClient   class = iota
	asNewcomer       // over a limit of clients
	asNode           // another node of the group has taken it over
	asNothing        // it has ended
)

// slots counts connections by class.
type slots struct {
	clients, nodes, newcomers atomic.Int64

	mostNodes, mostNewcomers int64 // constant, as is the next field
	mostWaiting              int

	mu      sync.Mutex
	waiting []*slot // newcomers that were not turned away, the oldest first; guarded by mu
}

// slot records a connection's class and its source address.
type slot struct {
	srv     *Server
	from    netip.Addr
	class   atomic.Int32 // a class
	refusal refusal      // of a newcomer: why it is not served as a client
	timer   *time.Timer  // of a newcomer
	turnOut func()       // of a newcomer: sends it the refusal and closes it; any goroutine may call it
}

func (p *slot) is(r class) bool { return class(p.class.Load()) == r }

// wait starts a newcomer's time. If too many wait, the oldest is turned away.
func (p *slot) wait(turnOut func()) {
	r := &p.srv.slots
	p.turnOut = turnOut
	var oldest *slot
	r.mu.Lock()
	if p.is(asNewcomer) { // it may have ended meanwhile
		p.timer = time.AfterFunc(newcomerTime, p.expire)
		r.waiting = append(r.waiting, p)
	}
	if len(r.waiting) > r.mostWaiting {
		oldest = r.waiting[0]
	}
	r.mu.Unlock()
	if oldest != nil {
		oldest.expire()
	}
}

// expire turns away a newcomer that has not become a node's connection.
func (p *slot) expire() {
	if p.unlist() {
		p.turnOut()
	}
}

// unlist reports whether the slot was on the list of newcomers.
func (p *slot) unlist() bool {
	r := &p.srv.slots
	r.mu.Lock()
	defer r.mu.Unlock()
	i := slices.Index(r.waiting, p)
	if i < 0 {
		return false
	}
	p.timer.Stop()
	r.waiting = slices.Delete(r.waiting, i, i+1)
	return true
}

// promote counts the connection as another node. It returns false, and changes nothing, if there are too many of
// these. The goroutine of the connection's loop calls it.
func (p *slot) promote() bool {
	r := &p.srv.slots
	if p.is(asNode) {
		return true
	}
	if r.nodes.Add(1) > r.mostNodes {
		r.nodes.Add(-1)
		return false
	}
	if p.is(asNewcomer) {
		p.srv.counters.accepted.Add(1)
	}
	p.vacate(asNode)
	return true
}

// release removes an ended connection from the counts.
func (p *slot) release() { p.vacate(asNothing) }

// vacate removes the connection from the count of its class.
func (p *slot) vacate(next class) {
	r := &p.srv.slots
	switch class(p.class.Swap(int32(next))) {
	case asClient:
		r.clients.Add(-1)
		p.srv.sources.leave(p.from)
	case asNewcomer:
		p.unlist()
		r.newcomers.Add(-1)
	case asNode:
		r.nodes.Add(-1)
	}
}
