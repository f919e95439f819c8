package client

import (
	"context"
	"errors"
	"fmt"
)

// WithSeeds takes the topology from the nodes themselves: New asks these addresses, and uses the first answer. The
// client then follows every change that a node reports, and asks the seeds again when it reaches no other node. Any
// node of the cache can be a seed; two on different machines are enough. With WithTLS the seeds are addresses for TLS.
func WithSeeds(addresses ...string) Option {
	return func(o *options) error {
		if len(addresses) == 0 {
			return errors.New("no seeds")
		}
		o.seeds, o.source, o.file, o.follows = addresses, nil, "", true
		return nil
	}
}

// askSeeds asks all seeds for the topology and returns once one has answered.
func (c *Client) askSeeds(ctx context.Context) error {
	answers := make(chan error, len(c.opts.seeds))
	for _, a := range c.opts.seeds {
		go func() { answers <- c.askSeed(ctx, a) }()
	}
	var failed []error
	for range c.opts.seeds {
		err := <-answers
		if err == nil {
			return nil
		}
		failed = append(failed, err)
	}
	return errors.Join(failed...)
}

func (c *Client) askSeed(ctx context.Context, address string) error {
	m := Member{ID: address, Address: address}
	if err := m.checkAddresses(); err != nil {
		return fmt.Errorf("seed %s: %w", address, err)
	}
	o := c.opts
	o.obey(Config{})
	d := o.dialer(m.places(o.tls != nil, nil))
	conn, err := d.open(ctx, true)
	if err != nil {
		return fmt.Errorf("seed %s: %w", address, err)
	}
	conn.fail(errRetired)
	conn.goroutines.Wait()
	if conn.handshaken.topology == nil {
		return fmt.Errorf("seed %s does not know the command TOPOLOGY; use WithConfigFile", address)
	}
	c.topologyPushed(conn.handshaken.topology)
	return nil
}
