//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cachegopher/cachegopher/internal/nodeprocess"
)

// settleLimit bounds how long a node may take to return to its state before an attack; briefSettle does so in the brief
// run, whose length is bounded even if it fails.
const (
	settleLimit = time.Minute
	briefSettle = 15 * time.Second
)

// calm measures what the well-behaved clients of s, and of the node beside it if there is one, see before an attack.
func (e *engine) calm(ctx context.Context, o *outcome, s, beside *standing) error {
	if s.polite == nil {
		return nil
	}
	take := func() (err, more error) {
		o.Calm, err = s.polite.take()
		o.BesideCalm, more = beside.clients().take()
		return err, more
	}
	return errors.Join(errors.Join(take()), sleep(ctx, e.span(2*time.Second, 200*time.Millisecond)), errors.Join(take()))
}

// settle waits until the resources used by an attack are released.
func (e *engine) settle(ctx context.Context, o *outcome, a *attack, s *standing, before counters) error {
	began := time.Now()
	limit := settleLimit
	if e.brief != nil {
		limit = briefSettle
	}
	var now counters
	err := nodeprocess.Await(ctx, limit, often, func() (err error) {
		if now, err = count(ctx, s.node); err != nil {
			return err
		}
		if what := left(before, now, e.raced || a.line.memory); what != "" {
			return errors.New(what + " are left")
		}
		return nil
	})
	o.Settled, o.Memory.After = time.Since(began), now.resident
	o.grown(a.line, before.metrics, now.metrics)
	var more error
	if o.After, more = s.polite.take(); err == nil {
		err = more
	}
	return err
}

// count reads the resources of a node that an attack may leave in use.
func count(ctx context.Context, n *node) (counters, error) {
	m, err := n.metrics(ctx)
	if err != nil {
		if !n.process.Alive() {
			err = nodeprocess.ErrEnded
		}
		return counters{}, fmt.Errorf("read the node's metrics: %w", err)
	}
	used := int64(m[`cachegopher_memory_bytes{kind="keys_and_values"}`] + m[`cachegopher_memory_bytes{kind="overhead"}`])
	return counters{n.resident(), used, m["go_goroutines"], m["process_open_fds"], m["cachegopher_connections"], m, n.logLines()}, nil
}
