package client

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Client is a cache of one or more groups of nodes. It is safe for concurrent
// use; a process needs only one.
type Client struct {
	opts     options
	topology atomic.Pointer[routing]
	closed   atomic.Bool
	follow   follower
	loads    loads
	hedges   hedgeBudget

	configErr atomic.Pointer[error] // see ConfigErr
	reloading sync.Mutex
	rereadAt  time.Time       // guarded by reloading, as is gone
	gone      []*node         // of earlier topologies, with requests still in flight
	ctx       context.Context // ends when the client is closed
	cancel    context.CancelCauseFunc
	wg        sync.WaitGroup
	ended     chan struct{} // closed at the end of Close
}

// New returns a client. It reads the config and starts to connect, but does not wait
// for any node: operations wait for the first connection as long as their contexts
// allow. The caller must call Close when the client is no longer needed.
func New(opts ...Option) (*Client, error) {
	o := defaults()
	for _, opt := range opts {
		if err := opt(&o); err != nil {
			return nil, fmt.Errorf("client: %w", err)
		}
	}
	if o.source == nil && o.seeds == nil {
		return nil, errors.New("client: no nodes: use WithSeeds, WithConfigFile, WithConfig or WithServers")
	}
	c := &Client{opts: o, ended: make(chan struct{})}
	c.ctx, c.cancel = context.WithCancelCause(context.Background())
	if o.follows {
		c.opts.onTopology, c.opts.onPrimary = c.topologyPushed, c.greetedAsPrimary
	}
	if o.seeds != nil {
		if err := c.askSeeds(c.ctx); err != nil {
			c.cancel(ErrClosed)
			return nil, fmt.Errorf("client: no topology: %w", err)
		}
	}
	cfg, err := c.config()
	if err != nil {
		c.cancel(ErrClosed)
		return nil, fmt.Errorf("client: %w", err)
	}
	c.loads.life, c.loads.timeout, c.loads.grace = c.ctx, o.loadTimeout, closeGrace
	t, err := newRouting(cfg, c.opts, nil, c.ctx, &c.wg)
	if err != nil {
		c.cancel(ErrClosed)
		c.wg.Wait()
		return nil, fmt.Errorf("client: %w", err)
	}
	c.use(t)
	c.wg.Go(c.watch)
	if o.own != nil {
		c.wg.Go(func() { o.own.follow(c) })
	}
	if o.file != "" && o.configEvery > 0 {
		c.wg.Go(func() { c.watchTopology(topologyFile(&o)) })
	}
	return c, nil
}

// Close closes all connections. Operations in progress and later ones fail with
// ErrClosed. It cancels the contexts of loads by GetOrLoad, and returns when every
// goroutine of the client has ended; it waits at most 5 s for a load that ignores its
// context.
func (c *Client) Close() error {
	c.reloading.Lock()
	first := !c.closed.Swap(true)
	nodes := append(c.gone, c.topology.Load().nodes...)
	c.reloading.Unlock() // loads that must end may be waiting for it
	if !first {
		<-c.ended
		return nil
	}
	defer close(c.ended)
	c.loads.close()
	c.cancel(ErrClosed)
	for _, n := range nodes {
		n.close()
		n.cut(ErrClosed)
	}
	c.wg.Wait()
	for _, n := range nodes {
		n.cut(ErrClosed) // connections that were being dialled
		n.drained()
	}
	c.loads.wait()
	return nil
}

// watchesPerTimeout is how often connections are checked within a read timeout;
// decayEvery is the period at which latencies decay.
const (
	watchesPerTimeout = 8
	decayEvery        = time.Second
)

// watch is the client's maintenance goroutine: it enforces read timeouts and lets
// latencies decay.
func (c *Client) watch() {
	tick := time.NewTicker(min(max(c.opts.readTimeout/watchesPerTimeout, time.Millisecond), time.Second))
	defer tick.Stop()
	decayed := time.Now()
	for {
		var now time.Time
		select {
		case now = <-tick.C:
		case <-c.ctx.Done():
			return
		}
		if c.reloading.TryLock() { // else at the next tick
			c.gone = slices.DeleteFunc(c.gone, func(n *node) bool {
				n.watch(now)
				return n.closed()
			})
			c.reloading.Unlock()
		}
		decay := now.Sub(decayed) >= decayEvery
		for _, n := range c.topology.Load().nodes {
			n.watch(now)
			if decay {
				n.latency.decay()
			}
		}
		if decay {
			decayed = now
		}
	}
}

// closed reports whether a node that was closed has no connection left.
func (n *node) closed() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(n.all) == 0
}
