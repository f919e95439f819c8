package client

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Client is a cache of one or more groups of nodes. It is safe for concurrent
// use; a process needs one.
type Client struct {
	opts     options
	topology atomic.Pointer[topology]
	closed   atomic.Bool
	loads    loads
	hedges   hedgeBudget

	configErr atomic.Pointer[error] // see ConfigErr
	reloading sync.Mutex
	rereadAt  time.Time       // under reloading, as is gone
	gone      []*node         // of earlier topologies, with connections that finish
	ctx       context.Context // ends when the client is closed
	cancel    context.CancelCauseFunc
	wg        sync.WaitGroup
	ended     chan struct{} // closed when Close has done everything
}

// New returns a client. It reads the config and begins to connect, but waits
// for no node: operations wait for the first connection as long as their
// contexts allow. Close must be called when it is no longer needed.
func New(opts ...Option) (*Client, error) {
	o := defaults()
	for _, opt := range opts {
		if err := opt(&o); err != nil {
			return nil, fmt.Errorf("client: %w", err)
		}
	}
	if o.source == nil {
		return nil, errors.New("client: no nodes: use WithConfigFile, WithConfig or WithServers")
	}
	cfg, err := o.source()
	if err != nil {
		return nil, fmt.Errorf("client: %w", err)
	}
	c := &Client{opts: o, ended: make(chan struct{})}
	c.ctx, c.cancel = context.WithCancelCause(context.Background())
	c.loads.life, c.loads.timeout, c.loads.grace = c.ctx, o.loadTimeout, closeGrace
	t, err := newTopology(cfg, c.opts, nil, c.ctx, &c.wg)
	if err != nil {
		c.cancel(ErrClosed)
		c.wg.Wait()
		return nil, fmt.Errorf("client: %w", err)
	}
	c.topology.Store(t)
	c.wg.Go(c.watch)
	if o.file != "" && o.configEvery > 0 {
		c.wg.Go(c.watchConfig)
	}
	return c, nil
}

// Reload reads the config again and goes over to it. Nodes of which nothing has
// changed keep their connections; those that have gone, or of which an address, the
// zone, or one of clientConf's times has changed, finish what is in flight, and the
// latter are connected to anew. Options given to New stay in force. The config is
// checked as by New; after an error everything is as it was.
func (c *Client) Reload() error {
	c.reloading.Lock()
	defer c.reloading.Unlock()
	return c.reload()
}

// rereadEvery is how often at most the config is read because nodes refuse
// writes.
const rereadEvery = time.Second

// reread is Reload because every member of a group refuses writes: perhaps the
// config says by now who takes them.
func (c *Client) reread() {
	c.reloading.Lock()
	defer c.reloading.Unlock()
	if time.Since(c.rereadAt) >= rereadEvery {
		c.rereadAt = time.Now()
		_ = c.reload() // the refusal is what the caller is told
	}
}

// reload is called with the lock.
func (c *Client) reload() error {
	if c.closed.Load() {
		return closedError(OpDo)
	}
	cfg, err := c.opts.source()
	if err != nil {
		return fmt.Errorf("client: %w", err)
	}
	old := c.topology.Load()
	if reflect.DeepEqual(cfg, old.cfg) {
		return nil
	}
	t, err := newTopology(cfg, c.opts, old, c.ctx, &c.wg)
	if err != nil {
		return fmt.Errorf("client: %w", err)
	}
	c.topology.Store(t)
	kept := make(map[*node]bool)
	for _, n := range t.nodes {
		kept[n] = true
	}
	for _, n := range old.nodes {
		if !kept[n] {
			n.close()
			c.gone = append(c.gone, n)
		}
	}
	if c.opts.near != nil {
		c.opts.near.Clear() // keys may have moved
	}
	return nil
}

// Close ends all connections. Operations under way fail with ErrClosed, those
// that begin later, too. It returns when every goroutine of the client has
// ended. Loads by GetOrLoad have their contexts ended; one that does not obey
// its context is waited for 5 s and then left to itself.
func (c *Client) Close() error {
	c.reloading.Lock()
	first := !c.closed.Swap(true)
	nodes := append(c.gone, c.topology.Load().nodes...)
	c.reloading.Unlock() // loads that are about to end may be waiting for it
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
		n.cut(ErrClosed) // those that were being made
		n.drained()
	}
	c.loads.wait()
	return nil
}

// watchesPerTimeout is how often connections are looked after within a read
// timeout; decayEvery how often latencies are.
const (
	watchesPerTimeout = 8
	decayEvery        = time.Second
)

// watch is the client's own goroutine.
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
