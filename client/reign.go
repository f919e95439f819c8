package client

import (
	"context"
	"slices"
)

// Topologies arrive late, and in any order: after two changes of primary in quick succession the one between them may come last.
// Whoever takes a write, or says in its greeting that it leads, is later than a topology that does not know it. So such a member is
// asked for its epoch, and topologies of earlier epochs do not replace it as the primary.

// inquiry is a question of a member, which all share that want to know the same.
type inquiry struct {
	done chan struct{} // closed once said is set
	said position
}

// confirm asks the member n for its epoch, and makes it its group's primary if that is later than what the client knows. If before is
// not nil, n has taken a write that the caller does not take for done yet, and before was the primary: then n is also the primary if
// it does not say its epoch. So who reads after the write reads from n or from a later primary.
func (c *Client) confirm(ctx context.Context, n, before *node) {
	var said position
	switch g, _ := c.topology.Load().memberOf(n); {
	case g == nil || before != nil && before != n && g.writer().id == n.id:
		return // another caller was faster
	case c.opts.onTopology != nil: // else no topologies arrive
		said = c.inquire(ctx, n)
	}
	f := &c.follow
	f.mu.Lock()
	defer f.mu.Unlock()
	g, at := c.topology.Load().memberOf(n)
	if g == nil {
		return
	}
	known := g.epoch.Load()
	switch took := before != nil; {
	case said.epoch > known && (said.leads || took):
		g.lead(at)
		g.epoch.Store(said.epoch - 1) // n may have lost the lead since: then the topology of that epoch names another
	case took && g.writer().id == before.id && (said.epoch == 0 || said.epoch == known && said.leads):
		g.lead(at)
	}
}

// inquire asks n for its epoch, or waits for the answer to the question of another caller. It waits until the context ends, and at most
// for queryLimit; the zero position says that there is no answer.
func (c *Client) inquire(ctx context.Context, n *node) position {
	f := &c.follow
	f.mu.Lock()
	if q := f.inquiries[n]; q != nil {
		f.mu.Unlock()
		select {
		case <-q.done:
			return q.said
		case <-ctx.Done():
			return position{}
		}
	}
	if f.inquiries == nil {
		f.inquiries = map[*node]*inquiry{}
	}
	q := &inquiry{done: make(chan struct{})}
	f.inquiries[n] = q
	f.mu.Unlock()
	if n.live.Load() > 0 {
		limited, cancel := context.WithTimeout(ctx, queryLimit)
		q.said = n.replication(limited)
		cancel()
	}
	f.mu.Lock()
	delete(f.inquiries, n)
	f.mu.Unlock()
	close(q.done)
	return q.said
}

// confirmLater is confirm in a goroutine, of a node that has taken no write.
func (c *Client) confirmLater(n *node) {
	if n.live.Load() > 0 && c.enter() {
		go func() {
			defer c.wg.Done()
			c.confirm(c.ctx, n, nil)
		}()
	}
}

// greetedAsPrimary is called by a goroutine of n whenever its greeting says that it leads.
func (c *Client) greetedAsPrimary(n *node) {
	t := c.topology.Load()
	if t == nil {
		return // New has not returned yet
	}
	if g, _ := t.memberOf(n); g != nil && g.writer().id != n.id {
		c.confirmLater(n)
	}
}

// memberOf returns the group of n, or of the node that has replaced it after a reload, and the index in it; nil: it is in none.
func (t *routing) memberOf(n *node) (g *group, at int) {
	for _, g := range t.groups {
		if at := slices.IndexFunc(g.members, func(m *node) bool { return m.id == n.id }); at >= 0 {
			return g, at
		}
	}
	return nil, -1
}
