package client

import (
	"context"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// node is one member with its connections. One goroutine for each connection dials it
// and replaces it; callers never dial.
type node struct {
	id, address, zone string
	identity          string   // of its member; see Member.identity
	more              []string // its other addresses
	dialer            dialer
	opts              *options

	slots   []atomic.Pointer[conn]
	live    atomic.Int32 // slots that hold a connection
	asking  atomic.Bool  // a query of the topology has not been answered yet
	queried atomic.Bool  // it has been asked for the topology, with or without success
	stop    context.Context
	end     context.CancelFunc
	wg      *sync.WaitGroup

	mu      sync.Mutex
	changed chan struct{} // closed and replaced whenever a dial ends
	down    bool          // the last dial failed
	lastErr error         // of the last dial or connection that failed
	since   time.Time     // of the last change of down
	all     []*conn       // all open connections, including retired ones

	role    memberRole
	local   *localNode // nil without WithLocalReads
	applied applied    // with WithReadYourWrites
	health  health
	latency latency
	stats   counters

	notFound [opCount]*Error // made in advance, since misses are frequent
}

// counters count since the client first knew the node.
type counters struct {
	errors   atomic.Uint64
	timeouts atomic.Uint64
	dials    atomic.Uint64
	requests uint64 // of closed connections; this and the next two are guarded by node.mu
	bytesIn  uint64
	bytesOut uint64
}

func newNode(m Member, places []place, o *options, parent context.Context, wg *sync.WaitGroup) *node {
	n := &node{id: m.ID, address: m.Address, identity: m.identity(), more: m.More, zone: m.Zone, opts: o, wg: wg,
		slots: make([]atomic.Pointer[conn], o.conns), changed: make(chan struct{}), since: time.Now()}
	n.stop, n.end = context.WithCancel(parent)
	n.dialer = o.dialer(places)
	for op := range n.notFound {
		n.notFound[op] = &Error{Op: Op(op), Node: n.id, Address: n.address, kind: kNotFound}
	}
	if o.local {
		n.local = &localNode{}
		wg.Go(n.keepMemory)
	}
	for i := range n.slots {
		wg.Go(func() { n.keep(i) })
	}
	return n
}

func (n *node) await(ctx context.Context) (*conn, error) {
	start := time.Now()
	for {
		n.mu.Lock()
		changed, down, lastErr := n.changed, n.down, n.lastErr
		n.mu.Unlock()
		for i := range n.slots {
			if c := n.slots[i].Load(); c != nil {
				return c, nil
			}
		}
		if n.stop.Err() != nil {
			return nil, n.ended()
		}
		if down {
			// A caller that tries again at once would keep its processor for a slice of 10 ms. Hundreds of them would keep
			// the goroutine that dials, and callers whose time is up, from it for seconds.
			runtime.Gosched()
			return nil, lastErr
		}
		select {
		case <-changed:
		case <-n.stop.Done():
		case <-ctx.Done():
			return nil, waitError{ctx.Err(), time.Since(start)}
		}
	}
}

// drop removes a failed connection from its slot before its goroutine notices.
func (n *node) drop(c *conn) {
	n.local.drop()
	n.opts.own.doubt(n)
	for i := range n.slots {
		if n.slots[i].CompareAndSwap(c, nil) {
			n.live.Add(-1)
		}
	}
}

// usable reports whether there is a connection, and the node is neither set aside nor recovering.
func (n *node) usable() bool {
	return n.live.Load() > 0 && !n.health.aside.Load() && !n.health.recovering()
}

// watch runs the periodic check of all connections and forgets closed ones.
func (n *node) watch(now time.Time) {
	n.mu.Lock()
	open := slices.Clone(n.all)
	n.mu.Unlock()
	for _, c := range open {
		c.watch(now)
		if !c.isDead() {
			continue
		}
		c.mu.Lock()
		asked, sent := c.asked, c.sent
		c.mu.Unlock()
		n.mu.Lock()
		n.stats.requests += asked
		n.stats.bytesOut += sent
		n.stats.bytesIn += c.received.Load()
		n.all = slices.DeleteFunc(n.all, func(o *conn) bool { return o == c })
		n.mu.Unlock()
	}
}

// close ends the node's goroutines; connections finish what is in flight.
func (n *node) close() {
	n.mu.Lock()
	n.end() // under the lock: see enter
	n.mu.Unlock()
	n.health.stop()
}

// enter reports whether work for the node may begin. If so, Client.Close waits for the
// caller's n.wg.Done.
func (n *node) enter() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.stop.Err() != nil {
		return false
	}
	n.wg.Add(1)
	return true
}

// cut fails all connections.
func (n *node) cut(err error) {
	n.mu.Lock()
	open := slices.Clone(n.all)
	n.mu.Unlock()
	for _, c := range open {
		c.fail(err)
	}
}

// drained waits for the goroutines of the connections that were cut.
func (n *node) drained() {
	n.mu.Lock()
	open := slices.Clone(n.all)
	n.mu.Unlock()
	for _, c := range open {
		c.goroutines.Wait()
	}
}
