//go:build linux

package moves

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/cachegopher/cachegopher/bench/cluster"
	"github.com/cachegopher/cachegopher/client"
	"github.com/cachegopher/cachegopher/internal/nodeprocess"
)

// trial is a cluster whose keys are known.
type trial struct {
	*cluster.Cluster
	o      *Options
	ledger *ledger
	client *client.Client // for reading back
	stores []store
	load   *load  // of the change under way
	seed   uint64 // of the last load
}

// begin starts three groups, the third of which has joined after the keys were written and owns no slots. Close must be
// called.
func (o *Options) begin(ctx context.Context, keys int, common map[string]any) (t *trial, err error) {
	t = &trial{o: o, ledger: newLedger(keys), seed: o.Seed}
	if o.MoveRate != "" {
		common = maps.Clone(common)
		if common == nil {
			common = map[string]any{}
		}
		common["move_rate"] = o.MoveRate
	}
	if t.Cluster, err = cluster.Start(ctx, cluster.Options{Node: o.Node, Etcd: o.Etcd, After: o.After, Recover: true, Common: common, Output: o.Verbose}, 2); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = t.explain(err)
			t.close()
		}
	}()
	if t.client, err = client.New(client.WithSeeds(seeds(t.Cluster)...), client.WithReadTimeout(deadline)); err != nil {
		return t, err
	}
	if err := t.ledger.fill(ctx, t.client); err != nil {
		return t, err
	}
	if err := t.InStep(ctx); err != nil {
		return t, err
	}
	if _, err := ownersAtRest(ctx, t.Cluster); err != nil {
		return t, err
	}
	if _, err := t.Join(ctx); err != nil {
		return t, err
	}
	t.stores, err = openStores(ctx, t.Cluster, o.Schemes)
	return t, err
}

func (t *trial) close() {
	if t.client != nil {
		t.client.Close() //nolint:errcheck // nothing is in flight
	}
	closeStores(t.stores)
	t.Cluster.Close()
}

// explain adds the last output of the nodes to an error.
func (t *trial) explain(err error) error { return fmt.Errorf("%w%s", err, t.Said()) }

// check reads everything back once the nodes agree, and returns what is amiss.
func (t *trial) check(ctx context.Context) (k kept, owners []string, err error) {
	if err := t.InStep(ctx); err != nil {
		return k, nil, err
	}
	if owners, err = ownersAtRest(ctx, t.Cluster); err != nil {
		return k, nil, err
	}
	if k, err = t.ledger.readBack(ctx, t.client); err != nil {
		return k, owners, err
	}
	return k, owners, noLeftovers(ctx, t.Cluster, owners, &k)
}

// slots returns the number of slots of each group, and of moves under way, as the first node that answers says.
func (t *trial) slots() (count map[string]int, moves int, err error) {
	err = errors.New("no node answers")
	for _, n := range t.Nodes() {
		top, failed := topologyOf(n)
		if failed == nil && top.Slots != nil {
			return slotsOf(top.Slots.ByName()), len(top.Moves), nil
		}
	}
	return nil, 0, err
}

// until waits until the slots are shared as want says and no moves are under way. It returns after limit with an error.
func (t *trial) until(ctx context.Context, limit time.Duration, want map[string]int) error {
	return nodeprocess.Await(ctx, limit, 50*time.Millisecond, func() error {
		count, moves, err := t.slots()
		switch {
		case err != nil:
			return err
		case moves > 0:
			return fmt.Errorf("%d moves are under way", moves)
		}
		for _, g := range t.Groups {
			if off := count[cluster.Name(g)] - want[cluster.Name(g)]; off < -1 || off > 1 {
				return fmt.Errorf("group %s owns %d slots, which should be %d", cluster.Name(g), count[cluster.Name(g)], want[cluster.Name(g)])
			}
		}
		return nil
	})
}

// started waits until moves are under way.
func (t *trial) started(ctx context.Context) error {
	return nodeprocess.Await(ctx, 10*time.Second, 5*time.Millisecond, func() error {
		_, moves, err := t.slots()
		if err == nil && moves == 0 {
			err = errors.New("no moves are under way")
		}
		return err
	})
}
