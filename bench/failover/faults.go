//go:build linux

package failover

import (
	"context"
	"fmt"
	"slices"
	"syscall"
	"time"

	"github.com/cachegopher/cachegopher/bench/cluster"
)

// fault is an event that changes the primary, or must not.
type fault struct {
	key  string
	name string
	// do causes the fault on node primary; mend repairs it once writes succeed again.
	do, mend func(ctx context.Context, c *group, primary int) error
	// limits on the table's median and worst; zero: none
	median, worst time.Duration
	planned       bool // no request may fail, no acknowledged write be lost, and the longest write is judged, not Back
	stays         bool // the primary must not change
}

func nothing(context.Context, *group, int) error { return nil }

var faults = []*fault{
	{
		key: "kill", name: "kill -9 of the primary", median: 300 * time.Millisecond, worst: time.Second,
		do:   func(_ context.Context, c *group, p int) error { c.Nodes[p].Kill(); return nil },
		mend: func(_ context.Context, c *group, p int) error { return c.Run(p) },
	},
	{
		key: "stop", name: "SIGSTOP of the primary", worst: 3 * time.Second,
		do:   func(ctx context.Context, c *group, p int) error { return cluster.Suspend(ctx, c.Nodes[p].Process) },
		mend: func(_ context.Context, c *group, p int) error { return c.Nodes[p].Process.Signal(syscall.SIGCONT) },
	},
	{
		key: "promote", name: "PROMOTE of a secondary", planned: true, median: 50 * time.Millisecond, mend: nothing,
		do: func(_ context.Context, c *group, p int) error {
			_, err := c.Nodes[(p+1)%len(c.Nodes)].Ask("PROMOTE")
			return err
		},
	},
	{
		key: "term", name: "SIGTERM of the primary", planned: true, median: 50 * time.Millisecond,
		do:   func(_ context.Context, c *group, p int) error { return cluster.Terminate(c.Nodes[p]) },
		mend: func(_ context.Context, c *group, p int) error { return c.Run(p) },
	},
	{
		key: "roll", name: "rolling restart of the three members", planned: true, mend: nothing, do: roll,
	},
	{
		key: "etcd", name: "etcd killed for five seconds", planned: true, stays: true, mend: nothing,
		do: func(ctx context.Context, c *group, _ int) error {
			c.in.Etcd.Kill()
			pause(ctx, 5*time.Second)
			if err := c.in.Etcd.Start(); err != nil {
				return err
			}
			pause(ctx, 3*time.Second) // in which the primary might change
			return nil
		},
	},
}

// roll restarts the members one after the other, as in the runbook: it waits for each to be ready before the next.
func roll(ctx context.Context, c *group, primary int) error {
	for n := range c.Nodes {
		i := (primary + 1 + n) % len(c.Nodes) // the primary comes last
		if err := cluster.Terminate(c.Nodes[i]); err != nil {
			return err
		}
		if err := c.Run(i); err != nil {
			return err
		}
		if _, err := c.InStep(ctx); err != nil {
			return fmt.Errorf("after the restart of %s: %w", c.Nodes[i].ID, err)
		}
	}
	return nil
}

// choose returns the faults with these keys, or all.
func choose(keys []string) ([]*fault, error) {
	if len(keys) == 0 {
		return faults, nil
	}
	var chosen []*fault
	for _, key := range keys {
		i := slices.IndexFunc(faults, func(f *fault) bool { return f.key == key })
		if i < 0 {
			return nil, fmt.Errorf("--rows: there is no row %q; there are %v", key, Keys())
		}
		chosen = append(chosen, faults[i])
	}
	return chosen, nil
}

// Keys are the names of all rows.
func Keys() (all []string) {
	for _, f := range faults {
		all = append(all, f.key)
	}
	return all
}
