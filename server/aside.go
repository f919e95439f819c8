package server

import (
	"net"
	"sync"
	"sync/atomic"
)

// asides are the connections that goroutines of their own serve instead of event loops: those that are drained, and
// those with TLS. They count what these keep, and close those that keep most.
type asides struct {
	srv  *Server
	held atomic.Int64 // bytes of buffers

	mu  sync.Mutex
	all map[*aside]struct{} // guarded by mu
}

// aside is one such connection.
type aside struct {
	of *asides
	id uint64
	nc net.Conn

	mu   sync.Mutex
	size atomic.Int64 // of its buffers, as counted in held; 0 once it is shut; stored under mu
	shut bool         // closed by the server; guarded by mu
}

func (a *asides) add(id uint64, nc net.Conn) *aside {
	one := &aside{of: a, id: id, nc: nc}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.all[one] = struct{}{}
	return one
}

// remove forgets one, which has ended, and what it kept.
func (a *asides) remove(one *aside) {
	one.keep(0)
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.all, one)
}

// keep says how many bytes the connection keeps from now on, and has those closed that keep most when all connections
// together keep too much. That may be this one, whose next read or write then fails.
func (one *aside) keep(size int) {
	one.mu.Lock()
	grown := int64(size) - one.size.Load()
	if one.shut {
		grown = 0
	}
	one.size.Add(grown)
	one.of.held.Add(grown)
	one.mu.Unlock()
	if grown > 0 {
		one.of.shed()
	}
}

// shed closes connections until the buffers are within their bound. Where a loop's connection keeps most, that loop has
// to.
func (a *asides) shed() {
	for a.srv.overfull() {
		if !a.closeLargest(a.srv.largestElsewhere(nil)) {
			l := a.srv.loops[0]
			l.call(func() { a.srv.shed(l) })
			return
		}
	}
}

// closeLargest closes the connection that keeps most if that is more than least; it reports false if none does. Its
// buffers count no more: it lets go of them as soon as it notices.
func (a *asides) closeLargest(least int64) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.srv.overfull() {
		return true // somebody else has
	}
	var most *aside
	for one := range a.all {
		if size := one.size.Load(); size > least {
			most, least = one, size
		}
	}
	if most == nil {
		return false
	}
	a.srv.counters.closed[byClientBuffers].Add(1)
	a.srv.sayTooLarge(most.id, least, a.srv.buffered())
	most.close()
	return true
}

// close closes the connection, whose buffers count no more. Any goroutine may call it.
func (one *aside) close() {
	one.mu.Lock()
	defer one.mu.Unlock()
	one.of.held.Add(-one.size.Swap(0))
	one.shut = true
	one.nc.Close()
}

// closed reports whether the server has closed the connection.
func (one *aside) closed() bool {
	one.mu.Lock()
	defer one.mu.Unlock()
	return one.shut
}
