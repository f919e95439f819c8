package client

import (
	"context"
	"sync"
	"time"
)

// askPause is how long a client that waits for a primary waits between two times that it asks the nodes.
const askPause = 10 * time.Millisecond

// news asks the members of g, or the seeds when none answers, who leads it. Callers at the same time share one question. It
// returns when something has changed, when it is time to try again, or when ctx is done.
func (c *Client) news(ctx context.Context, g *group) {
	f := &c.follow
	entered := c.enter() // before f.mu, which a reload takes while it holds reloading
	f.mu.Lock()
	if f.changed == nil {
		f.changed = make(chan struct{})
	}
	changed := f.changed
	if f.asking == nil && entered {
		entered = false // the goroutine leaves
		f.asking = make(chan struct{})
		go func() {
			defer c.wg.Done()
			c.askMembers(g)
			c.pause(changed)
			f.mu.Lock()
			close(f.asking)
			f.asking = nil
			f.mu.Unlock()
		}()
	}
	asking := f.asking
	f.mu.Unlock()
	if entered {
		c.wg.Done()
	}
	select {
	case <-asking:
	case <-changed:
	case <-ctx.Done():
	case <-c.ctx.Done():
	}
}

// enter reports whether a goroutine of the client may begin; if so, it ends with c.wg.Done.
func (c *Client) enter() bool {
	c.reloading.Lock()
	defer c.reloading.Unlock()
	if c.closed.Load() {
		return false
	}
	c.wg.Add(1)
	return true
}

// pause waits until it is time to ask again, or something has changed.
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
