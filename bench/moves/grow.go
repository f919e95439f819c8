//go:build linux

package moves

import (
	"context"
	"fmt"
	"io"
	"time"
)

// Limit is a row of the measured rebalance.
type Limit struct {
	What, Measured, AtMost string // AtMost is empty if there is no limit
	Missed                 bool

	time bool // it depends on the machine
}

// grow measures how a third group takes its share of the slots.
func (o *Options) grow(ctx context.Context, out io.Writer) (limits []Limit, err error) {
	began := time.Now()
	t, err := o.begin(ctx, o.Keys, map[string]any{"max_memory": "1GB"})
	if err != nil {
		return nil, err
	}
	defer t.close()
	fmt.Fprintf(out, "%d keys are written and three groups are in step after %v\n", o.Keys, time.Since(began).Round(time.Second)) //nolint:errcheck // standard output is gone
	t.load = startLoad(t.ledger, t.stores, o.Rate, o.Seed)
	g := &growth{trial: t}
	defer g.load.stop()
	if err := g.measure(ctx); err != nil {
		return nil, t.explain(err)
	}
	limits = g.limits()
	for _, l := range limits {
		fmt.Fprintln(out, l.line()) //nolint:errcheck // standard output is gone
	}
	return limits, nil
}

// growth is the measured rebalance.
type growth struct {
	*trial
	took  time.Duration
	kept  kept
	holds holds
	left  string // what is amiss after it; empty: nothing
}

func (g *growth) measure(ctx context.Context) error {
	pause(ctx, g.o.Calm)
	g.load.phase.Store(before)
	pause(ctx, g.o.Calm)
	stop, err := g.watchHolds(ctx)
	if err != nil {
		return err
	}
	g.load.phase.Store(during)
	began := time.Now()
	p, err := g.rebalance()
	if err != nil {
		return err
	}
	if err := g.started(ctx); err != nil {
		return err
	}
	if err := g.until(ctx, moveIn, shares(map[string]int{"a": 1, "b": 1, "c": 1})); err != nil {
		return err
	}
	g.took = time.Since(began)
	err = ended(p, moveIn)
	g.load.phase.Store(after)
	g.holds = stop()
	if err != nil {
		return err
	}
	pause(ctx, g.o.Calm)
	g.load.stop()
	k, owners, err := g.check(ctx)
	if g.kept = k; err != nil && owners == nil {
		return err
	} else if err != nil {
		g.left = err.Error()
	}
	return nil
}
