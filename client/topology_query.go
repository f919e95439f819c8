package client

import (
	"context"
	"sync"
	"time"
)

// askPause is how long a client that waits for a primary waits between two queries of the nodes.
const askPause = 10 * time.Millisecond

// awaitTopology asks the members of g, or the seeds if none is connected, for the topology. Concurrent callers share one
// query. It returns when the topology has changed, when it is time to ask again, or when ctx is done.
func (c *Client) awaitTopology(ctx context.Context, g *group) {
	asked, changed := c.query(g)
	select {
	case <-asked:
	case <-changed:
	case <-ctx.Done():
	case <-c.ctx.Done():
	}
}

// query starts a query of g's members unless one is in progress. asked is closed askPause after its end, or nil if the
// client is being closed; changed is closed at the next change of the topology.
func (c *Client) query(g *group) (asked, changed <-chan struct{}) {
	f := &c.follow
	mayStart := c.enter() // before f.mu, which a reload takes while it holds reloading
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.changed == nil {
		f.changed = make(chan struct{})
	}
	switch {
	case f.asking == nil && mayStart:
		f.asking = make(chan struct{})
		go c.runQuery(g, f.changed)
	case mayStart:
		c.wg.Done()
	}
	return f.asking, f.changed
}

// runQuery is the goroutine of a query, which it ends askPause after the answers, or when changed is closed.
func (c *Client) runQuery(g *group, changed <-chan struct{}) {
	defer c.wg.Done()
	c.askMembers(g)
	c.pause(changed)
	f := &c.follow
	f.mu.Lock()
	close(f.asking)
	f.asking = nil
	f.mu.Unlock()
}

// enter reports whether a goroutine of the client may start; if so, the goroutine calls c.wg.Done at its end.
func (c *Client) enter() bool {
	c.reloading.Lock()
	defer c.reloading.Unlock()
	if c.closed.Load() {
		return false
	}
	c.wg.Add(1)
	return true
}

// pause waits until it is time to ask again, or changed is closed.
func (c *Client) pause(changed <-chan struct{}) {
	timer := time.NewTimer(askPause)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-changed:
	case <-c.ctx.Done():
	}
}

// askMembers asks every connected member of g for the topology.
func (c *Client) askMembers(g *group) {
	ctx, cancel := context.WithTimeout(c.ctx, 20*askPause)
	defer cancel()
	var wg sync.WaitGroup
	connected := 0
	for _, n := range g.members {
		if n.live.Load() == 0 {
			continue
		}
		connected++
		wg.Go(func() {
			rq := [1]request{{op: OpDo, args: []string{"TOPOLOGY"}}}
			if r, failure := n.attempt(ctx, rq[:], nil, 0); failure == nil && r.ok() {
				c.learn([]byte(r.value().Text()), false)
			}
		})
	}
	if connected == 0 && c.opts.seeds != nil {
		_ = c.askSeeds(ctx) // the caller gets the failure of its own request
	}
	wg.Wait()
}
