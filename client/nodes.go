package client

import (
	"context"
	"errors"
	"sync"
	"time"
)

// State is a node's state as the client sees it.
type State string

// The states.
const (
	StateUp         State = "up"
	StateConnecting State = "connecting" // no connection yet, and no dial has failed
	StateDown       State = "down"       // no connection, and the last dial failed
	StateAside      State = "aside"      // failed too often; waits to be probed
)

// NodeStatus is what the client knows of a node.
type NodeStatus struct {
	ID       string
	Address  string
	Group    string
	Zone     string
	Primary  bool // takes the group's writes
	State    State
	Since    time.Time // when it went down or came up
	LastErr  error     // of the last connection that failed; nil: none has failed
	Version  string    // of the node, as it reports it
	Role     string    // "master" or "replica", as the node reports it; empty: not known
	Conns    int
	InFlight int // requests without an answer

	Mean, P50, P95 time.Duration // recent latencies, sampled; 0 when there are none

	Local    bool  // its memory is read: see WithLocalReads
	LocalErr error // why it was not, at the last attempt

	// Counters since the client first knew the node.
	LocalReads uint64 // reads from its memory
	Requests   uint64
	Errors     uint64 // connections that failed
	Timeouts   uint64 // requests that callers stopped waiting for
	Dials      uint64
	BytesIn    uint64
	BytesOut   uint64
}

// Nodes returns the status of every node, in the config's order.
func (c *Client) Nodes() []NodeStatus {
	t := c.topology.Load()
	groups := make(map[*node]*group)
	for _, g := range t.groups {
		for _, n := range g.members {
			groups[n] = g
		}
	}
	all := make([]NodeStatus, 0, len(t.nodes))
	for _, n := range t.nodes {
		s := n.status()
		g := groups[n]
		s.Group, s.Primary = g.id, g.writer() == n
		all = append(all, s)
	}
	return all
}

func (n *node) status() NodeStatus {
	s := NodeStatus{ID: n.id, Address: n.address, Zone: n.zone,
		Mean:   time.Duration(n.latency.mean.Load()),
		P50:    time.Duration(n.latency.p50.Load()),
		P95:    time.Duration(n.latency.p95.Load()),
		Errors: n.stats.errors.Load(), Timeouts: n.stats.timeouts.Load(), Dials: n.stats.dials.Load()}
	if l := n.local; l != nil {
		s.Local, s.LocalReads = l.memory.Load() != nil, l.count()
		if err := l.err.Load(); err != nil {
			s.LocalErr = *err
		}
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	s.Since, s.LastErr, s.Role = n.since, n.lastErr, n.role.text()
	s.Requests, s.BytesIn, s.BytesOut = n.stats.requests, n.stats.bytesIn, n.stats.bytesOut
	for _, c := range n.all {
		s.InFlight += c.inFlight()
		if !c.isDead() {
			s.Conns++
			s.Version = c.handshaken.version
		}
		c.mu.Lock()
		s.Requests += c.asked
		s.BytesOut += c.sent
		c.mu.Unlock()
		s.BytesIn += c.received.Load()
	}
	switch {
	case n.live.Load() == 0 && n.down:
		s.State = StateDown
	case n.live.Load() == 0:
		s.State = StateConnecting
	case n.health.aside.Load():
		s.State = StateAside
	default:
		s.State = StateUp
	}
	return s
}

// Ping returns nil when every group has a member that answers.
func (c *Client) Ping(ctx context.Context) error {
	return c.eachGroup(ctx, OpPing)
}

// FlushAll removes everything from every group.
func (c *Client) FlushAll(ctx context.Context) error {
	if c.opts.near != nil {
		defer c.opts.near.Clear()
	}
	defer c.opts.own.note([]request{{op: OpFlushAll}})
	return c.eachGroup(ctx, OpFlushAll)
}

// eachGroup sends one request to every group, all at the same time, and joins the errors.
func (c *Client) eachGroup(ctx context.Context, op Op) error {
	return c.observe(ctx, op, 0, func(ctx context.Context, e *Event) error {
		if c.closed.Load() {
			return closedError(op)
		}
		t := c.topology.Load()
		err := c.groupsOf(ctx, t, op, e)
		if errors.Is(err, ErrReadOnly) {
			// The config may name another primary by now.
			if c.reread(); c.topology.Load() != t {
				return c.groupsOf(ctx, c.topology.Load(), op, e)
			}
		}
		return err
	})
}

func (c *Client) groupsOf(ctx context.Context, t *routing, op Op, e *Event) error {
	errs := make([]error, len(t.groups))
	asked := make([]attempts, len(t.groups))
	var wg sync.WaitGroup
	for i, g := range t.groups {
		wg.Go(func() { errs[i] = c.oneGroup(ctx, g, op, &asked[i]) })
	}
	wg.Wait()
	for _, a := range asked {
		e.asked(a.node, a.count)
	}
	return errors.Join(errs...)
}

func (c *Client) oneGroup(ctx context.Context, g *group, op Op, a *attempts) error {
	rq := [1]request{{op: op}}
	*a = c.attempts(g, rq[0].access())
	a.whole = true
	r, failure := c.try(ctx, rq[:], nil, a)
	for (failure == nil && refusal(r.err) || failure != nil && failure.kind&kNotSent != 0) && a.awaits(ctx, failure) {
		a.enter(g, rq[0].access())
		r, failure = c.try(ctx, rq[:], nil, a)
	}
	if failure == nil && r.err != nil {
		failure = a.node.refused(op, r.err)
	}
	if failure = a.verdict(&rq[0], failure); failure != nil {
		return failure
	}
	return nil
}

// Locate returns the slot of key with its group, the primary first among the
// group's members.
func (c *Client) Locate(key string) (slot int, g Group) {
	t := c.topology.Load()
	slot, i := t.locate(key)
	at := t.groups[i]
	g = Group{ID: at.id, Weight: t.ring.Group(i).Weight}
	w := at.writer()
	g.Members = append(g.Members, Member{ID: w.id, Address: w.address, Zone: w.zone})
	for _, n := range at.members {
		if n != w {
			g.Members = append(g.Members, Member{ID: n.id, Address: n.address, Zone: n.zone})
		}
	}
	return slot, g
}
