package client

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"
)

const (
	// askPause is how long, on average, a client that waits for a primary, or for a slot's owner, waits between two queries
	// of the nodes.
	askPause = 10 * time.Millisecond
	// patientQueries is the number of queries without news after which the pauses double.
	patientQueries = 10
	longestPause   = 16 * askPause
	// queryLimit is how long a query waits for answers; later ones are used when they come.
	queryLimit = 20 * askPause
)

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

// query starts a query of g's members unless one is in progress. asked is closed a pause after its end, or nil if the
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
		if time.Since(f.asked) > time.Second {
			f.fruitless = 0
		}
		f.asking = make(chan struct{})
		f.fruitless++
		go c.runQuery(g, f.changed, pauseAfter(f.fruitless, rand.N[time.Duration]))
	case mayStart:
		c.wg.Done()
	}
	return f.asking, f.changed
}

// pauseAfter returns the pause after the latest of so many queries without news. Chance keeps clients from asking all at
// the same time after a change that concerns all of them: chance returns a random duration below its argument.
func pauseAfter(queries int, chance func(time.Duration) time.Duration) time.Duration {
	d := min(askPause<<min(max(queries-patientQueries, 0), 10), longestPause)
	return d/2 + chance(d)
}

// runQuery is the goroutine of a query, which it ends a pause after the answers, or when changed is closed.
func (c *Client) runQuery(g *group, changed <-chan struct{}, pause time.Duration) {
	defer c.wg.Done()
	c.askMembers(g)
	c.pause(changed, pause)
	f := &c.follow
	f.mu.Lock()
	close(f.asking)
	f.asking, f.asked = nil, time.Now()
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
func (c *Client) pause(changed <-chan struct{}, pause time.Duration) {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-changed:
	case <-c.ctx.Done():
	}
}

// askMembers asks the connected members of g for the topology, except those that have not answered the previous query yet: if
// nodes are busy with the queries of many clients, asking again would keep them so. It returns once all have answered, or after
// queryLimit. The client must be waiting for its caller: see enter.
func (c *Client) askMembers(g *group) {
	ctx, cancel := context.WithTimeout(c.ctx, queryLimit)
	defer cancel()
	var wg sync.WaitGroup
	connected := 0
	for _, n := range g.members {
		if n.live.Load() == 0 {
			continue
		}
		if connected++; n.asking.Swap(true) {
			continue
		}
		wg.Add(1)
		c.wg.Go(func() {
			defer wg.Done()
			defer n.asking.Store(false)
			rq := [1]request{{op: OpDo, args: []string{"TOPOLOGY"}}}
			if r, failure := n.attempt(c.ctx, rq[:], nil, 0); failure == nil && r.ok() {
				c.learn([]byte(r.value().Text()), false)
			}
		})
	}
	if connected == 0 && c.opts.seeds != nil {
		_ = c.askSeeds(ctx) // the caller gets the failure of its own request
	}
	go func() { wg.Wait(); cancel() }()
	<-ctx.Done()
}
