package server

import (
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Connections beyond what clients may have are not all clients': the other nodes of the group come, and health checks,
// just when clients crowd a node. So a connection over a limit is let in as a newcomer, who has a short time to show
// that it is a node's and gets nothing done that clients want. There are few places for newcomers, and the one who has
// had its place for longest makes room for the next: sitting there keeps nobody out. A connection that a node of the
// group has taken over counts no longer as a client's, nor does anything hold for it that is for clients.
const (
	// besideClients is how many connections there may be that are not clients', where there are descriptors enough.
	besideClients = 160
	// newcomerTime is how long a newcomer has.
	newcomerTime = 2 * time.Second
	// newcomerLinger is how long a newcomer that was turned out may take to close its side.
	newcomerLinger = 100 * time.Millisecond
)

// share divides so many descriptors: a fifth is for nodes, the rest for newcomers, of which a quarter may wait, since
// those that were turned out are not closed at once.
func (r *rooms) share(descriptors int64) {
	r.mostNodes = max(descriptors/5, 1)
	r.mostNewcomers = max(descriptors-r.mostNodes, 1)
	r.mostWaiting = int(max(r.mostNewcomers/4, 1))
}

// room is what a connection counts as.
type room int32

const (
	asClient   room = iota
	asNewcomer      // over a limit of clients
	asNode          // another node of the group has taken it over
	asNothing       // it has ended
)

// rooms counts connections by what they are.
type rooms struct {
	clients, nodes, newcomers atomic.Int64

	mostNodes, mostNewcomers int64 // never change, as the following
	mostWaiting              int

	mu      sync.Mutex
	waiting []*place // newcomers that have not been turned out, the oldest first; guarded by mu
}

// place is one connection's.
type place struct {
	srv     *Server
	from    netip.Addr
	room    atomic.Int32 // a room
	refusal refusal      // of a newcomer: why it is no client
	timer   *time.Timer  // of a newcomer
	turnOut func()       // of a newcomer: has it told that it is refused, and closed; any goroutine may call it
}

func (p *place) is(r room) bool { return room(p.room.Load()) == r }

// wait begins a newcomer's time. The oldest has to go when there are too many.
func (p *place) wait(turnOut func()) {
	r := &p.srv.rooms
	p.turnOut = turnOut
	var oldest *place
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

// expire turns a newcomer out that is still one.
func (p *place) expire() {
	if p.unlist() {
		p.turnOut()
	}
}

// unlist reports whether the place was on the list of newcomers.
func (p *place) unlist() bool {
	r := &p.srv.rooms
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

// promote makes the connection a node's. It reports false when there are too many of these, and changes nothing then.
// The connection's own goroutine calls it.
func (p *place) promote() bool {
	r := &p.srv.rooms
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

// release says that the connection is over.
func (p *place) release() {
	p.vacate(asNothing)
}

// vacate counts the connection out of what it was.
func (p *place) vacate(next room) {
	r := &p.srv.rooms
	switch room(p.room.Swap(int32(next))) {
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
