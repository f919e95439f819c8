//go:build linux

package moves

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/cachegopher/cachegopher/internal/nodeprocess"
)

// change is one way in which slots are moved.
type change struct {
	name string
	do   func(ctx context.Context, t *trial) error
}

// The groups' weights.
var (
	three = map[string]int{"a": 1, "b": 1, "c": 1}
	two   = map[string]int{"a": 1, "b": 1}
)

var changes = []change{
	{"a group is added", func(ctx context.Context, t *trial) error { return t.move(ctx, three) }},
	{"a group is removed", func(ctx context.Context, t *trial) error { return t.move(ctx, two, "--without", "c") }},
	{"groups get other weights", func(ctx context.Context, t *trial) error {
		if err := t.weigh(ctx, map[string]int{"a": 3, "b": 2}); err != nil {
			return err
		}
		return t.move(ctx, map[string]int{"a": 3, "b": 2, "c": 1})
	}},
	{"weights as they were, cancelled in the middle and started again", func(ctx context.Context, t *trial) error {
		if err := t.weigh(ctx, three); err != nil {
			return err
		}
		if err := t.cancelled(ctx); err != nil {
			return err
		}
		return t.move(ctx, three)
	}},
	{"all groups are flushed in the middle of a group's removal", func(ctx context.Context, t *trial) error { return t.flushed(ctx) }},
}

// move rebalances and waits until the slots are shared by weight.
func (t *trial) move(ctx context.Context, weights map[string]int, flags ...string) error {
	p, err := t.rebalance(flags...)
	if err != nil {
		return err
	}
	if err := ended(p, moveIn); err != nil {
		return err
	}
	return t.until(ctx, settle, shares(weights))
}

// weigh gives groups other weights, and waits until all nodes know them.
func (t *trial) weigh(ctx context.Context, weights map[string]int) error {
	t.Weights = weights
	if err := t.Reload(); err != nil {
		return err
	}
	return t.await(ctx, func() error {
		for _, n := range t.Nodes() {
			top, err := topologyOf(n)
			if err != nil {
				return err
			}
			for _, g := range top.Groups {
				if want := weights[g.Name]; want > 0 && int(max(g.Weight, 1)) != want {
					return fmt.Errorf("%s: group %s has the weight %d", n.ID, g.Name, g.Weight)
				}
			}
		}
		return nil
	})
}

// await waits for a state that the nodes reach by themselves.
func (t *trial) await(ctx context.Context, try func() error) error {
	return nodeprocess.Await(ctx, settle, 2*time.Millisecond, try)
}

// cancelled starts a rebalance and cancels it in the middle.
func (t *trial) cancelled(ctx context.Context) error {
	p, err := t.rebalance("--no-wait")
	if err != nil {
		return err
	}
	if err := ended(p, deadline); err != nil {
		return err
	}
	if err := t.half(ctx); err != nil {
		return err
	}
	if p, err = t.command("--cancel"); err != nil {
		return err
	}
	if err := ended(p, deadline); err != nil {
		return err
	}
	_, err = ownersAtRest(ctx, t.Cluster)
	return err
}

// flushed removes all entries in the middle of a rebalance, while no requests are made: those under way could be on either
// side of it.
func (t *trial) flushed(ctx context.Context) error {
	p, err := t.rebalance("--without", "c")
	if err != nil {
		return err
	}
	if err := t.half(ctx); err != nil {
		return err
	}
	t.load.pause()
	if err = t.flush(ctx); err == nil {
		t.ledger.flushed()
	}
	t.load.resume()
	if err != nil {
		return err
	}
	if err := ended(p, moveIn); err != nil {
		return err
	}
	return t.until(ctx, settle, shares(two))
}

// flush removes the entries of all groups.
func (t *trial) flush(ctx context.Context) error {
	for _, g := range t.Groups {
		p, err := g.InStep(ctx)
		if err != nil {
			return err
		}
		err = t.await(ctx, func() error { _, err := g.Nodes[p].Ask("FLUSHALL"); return err }) // TRYAGAIN while slots are handed over
		if err != nil {
			return err
		}
	}
	return nil
}

// changes does each change once.
func (o *Options) changes(ctx context.Context, out io.Writer) (all []Trial, err error) {
	t, err := o.begin(ctx, o.KillKeys, o.slowly())
	if err != nil {
		return nil, err
	}
	defer t.close()
	for _, c := range changes {
		result, err := t.under(ctx, c.name, tolerance{}, func(ctx context.Context) error { return c.do(ctx, t) })
		if err != nil {
			return all, fmt.Errorf("%s: %w", c.name, err)
		}
		tell(out, &result)
		all = append(all, result)
	}
	return all, nil
}
