package client

import (
	"fmt"
	"reflect"
	"time"

	"github.com/cachegopher/cachegopher/internal/topology"
)

// defaultConfigEvery is the default of WithConfigWatch.
const defaultConfigEvery = time.Second

// WithConfigWatch sets how often the file of WithConfigFile is read to detect changes.
// Default 1 s; 0: never, so that only Reload reads it. A new config is applied once two
// readings in a row are equal, so that a half-written file is not taken for an invalid one.
func WithConfigWatch(every time.Duration) Option {
	return func(o *options) error { o.configEvery = every; return nil }
}

// WithReloadHook has f called whenever the file of WithConfigFile has changed: with nil
// when the client has applied it, otherwise with an error that says what is wrong with it;
// then the previous config stays in force. f is called by one goroutine of the client, and
// must not call Close.
func WithReloadHook(f func(error)) Option {
	return func(o *options) error { o.reloaded = f; return nil }
}

// ConfigErr returns why the config file, as last read, is not in force; nil: it is.
func (c *Client) ConfigErr() error {
	if err := c.configErr.Load(); err != nil {
		return *err
	}
	return nil
}

// watchTopology reloads when the topology may have changed.
func (c *Client) watchTopology(source topology.Source) {
	first := true
	source.Watch(c.ctx, func() {
		c.tookConfig(c.Reload(), first)
		first = false
	})
}

// tookConfig reports the result of a reload. The first reload finds the config that New has read.
func (c *Client) tookConfig(err error, first bool) {
	if c.ctx.Err() != nil {
		return // the reload failed because of Close
	}
	if err == nil {
		c.configErr.Store(nil)
	} else {
		c.configErr.Store(&err)
	}
	if c.opts.reloaded != nil && (!first || err != nil) {
		c.opts.reloaded(err)
	}
}

func topologyFile(o *options) topology.Source {
	return topology.File{Path: o.file, Every: o.configEvery}
}

// Reload reads the config again and applies it. Nodes that have not changed keep their
// connections. A node that is gone, or whose address, zone or clientConf times have
// changed, finishes what is in flight; a changed one gets new connections. Options given
// to New stay in force. Reload checks the config as New does; after an error the previous
// one stays in force.
func (c *Client) Reload() error {
	c.reloading.Lock()
	defer c.reloading.Unlock()
	return c.reload()
}

// rereadEvery is the least time between two readings of the config that refused writes
// cause.
const rereadEvery = time.Second

// reread reloads the config after every member of a group has refused a write: it may
// name another primary by now.
func (c *Client) reread() {
	c.reloading.Lock()
	defer c.reloading.Unlock()
	if time.Since(c.rereadAt) >= rereadEvery {
		c.rereadAt = time.Now()
		_ = c.reload() // the caller gets the node's refusal
	}
}

// reload requires the lock reloading.
func (c *Client) reload() error {
	if c.closed.Load() {
		return closedError(OpDo)
	}
	cfg, err := c.config()
	if err != nil {
		return fmt.Errorf("client: %w", err)
	}
	old := c.topology.Load()
	if reflect.DeepEqual(cfg, old.cfg) {
		c.follow.mu.Lock()
		moved := c.place(c.topology.Load())
		c.follow.mu.Unlock()
		moved.forget(c.opts.near)
		return nil
	}
	t, err := newRouting(cfg, c.opts, old, c.ctx, &c.wg)
	if err != nil {
		return fmt.Errorf("client: %w", err)
	}
	c.use(t)
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
