package client

import (
	"time"

	"github.com/cachegopher/cachegopher/internal/topology"
)

// defaultConfigEvery is how often a config file is looked at unless WithConfigWatch
// says otherwise.
const defaultConfigEvery = time.Second

// WithConfigWatch sets how often the file of WithConfigFile is read to find out
// whether it has changed. Default 1 s; 0: never, so that only Reload reads it. A new
// config is taken over once two readings in a row agree, so that a file that is
// being written is not taken for a wrong one.
func WithConfigWatch(every time.Duration) Option {
	return func(o *options) error { o.configEvery = every; return nil }
}

// WithReloadHook has f called whenever the file of WithConfigFile has changed: with
// nil when the client has gone over to it, else with what is wrong with it; then the
// config before stays in force. f is called by one goroutine of the client, and must
// not call Close.
func WithReloadHook(f func(error)) Option {
	return func(o *options) error { o.reloaded = f; return nil }
}

// ConfigErr returns why the config file, as it was last looked at, is not in force,
// and nil when it is.
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

// tookConfig reports what became of a reload. The first one finds what New has read.
func (c *Client) tookConfig(err error, first bool) {
	if c.ctx.Err() != nil {
		return // it is refused because of Close
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
