package node

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/cespare/xxhash/v2"

	"github.com/cachegopher/cachegopher/internal/coordination"
	"github.com/cachegopher/cachegopher/internal/topology"
	"github.com/cachegopher/cachegopher/server/session"
)

// recordWithin bounds the wait for etcd to record moves, or that they are given up.
const recordWithin = 5 * time.Second

// assignments is the part of a coordination.Coordinator that a rebalancer needs.
type assignments interface {
	Assignment() coordination.Assignment
	Start(ctx context.Context, version uint64, moves []topology.Move, lost ...string) error
	Cancel(ctx context.Context) (cancelled int, err error)
}

// rebalancer plans moves of slots and has etcd record them. It implements session.Rebalancer.
type rebalancer struct {
	topology    *topology.Live
	assignments assignments
	giving      func() topology.Giving // this node's part
}

// Rebalance implements session.Rebalancer.
func (r *rebalancer) Rebalance(asked session.RebalanceRequest) ([]byte, error) {
	stored := r.assignments.Assignment()
	switch {
	case stored.Slots == nil:
		return nil, errors.New("the cluster has no entries yet: until it has some, groups own slots by their weights as soon as they join, and nothing needs to move")
	case len(stored.Moves) > 0:
		return nil, errors.New("slots are moving already; REBALANCE STATUS shows the moves, and REBALANCE CANCEL gives them up")
	}
	t := *r.topology.Now()
	t.Slots, t.Moves = stored.Slots, nil
	moves, err := topology.Plan(&t, asked.Without...)
	if err != nil {
		return nil, err
	}
	made := topology.Rebalancing{Version: stored.Slots.Version, Groups: countSlots(&t, moves), Moves: moves}
	if made.Moves == nil {
		made.Moves = []topology.Move{}
	}
	if made.Plan, err = identify(&made); err != nil {
		return nil, err
	}
	if asked.Plan != "" && asked.Plan != made.Plan {
		return nil, errors.New("the groups, their weights or the owners of slots have changed since that plan was made; look at a new one")
	}
	if !asked.DryRun && len(moves) > 0 {
		ctx, cancel := context.WithTimeout(context.Background(), recordWithin)
		defer cancel()
		var lost []string
		if asked.Abandon {
			lost = asked.Without
		}
		if err := r.assignments.Start(ctx, stored.Slots.Version, moves, lost...); err != nil {
			return nil, err
		}
	}
	return json.Marshal(&made)
}

// identify returns a short text that is the same for equal plans, and most probably differs for others.
func identify(made *topology.Rebalancing) (string, error) {
	text, err := json.Marshal(made)
	return fmt.Sprintf("%016x", xxhash.Sum64(text)), err
}

// countSlots returns how many slots each group of t owns, before and after the moves.
func countSlots(t *topology.Topology, moves []topology.Move) []topology.SlotCount {
	all := make([]topology.SlotCount, len(t.Groups))
	at := map[string]*topology.SlotCount{}
	for i, g := range t.Groups {
		all[i] = topology.SlotCount{Group: g.Name, Weight: max(g.Weight, 1)}
		at[g.Name] = &all[i]
	}
	for _, o := range t.Slots.Owners {
		if c := at[o.Group]; c != nil {
			c.Slots = o.Ranges.Count()
			c.After = c.Slots
		}
	}
	for _, m := range moves {
		if from, to := at[m.From], at[m.To]; from != nil && to != nil {
			from.After -= m.Ranges.Count()
			to.After += m.Ranges.Count()
		}
	}
	return all
}

// Progress implements session.Rebalancer.
func (r *rebalancer) Progress() ([]byte, error) {
	stored := r.assignments.Assignment()
	p := topology.Progress{Groups: []topology.SlotCount{}, Moves: append([]topology.Move{}, stored.Moves...), Removing: append([]topology.Move{}, stored.Removing...), Giving: r.giving()}
	if stored.Slots != nil {
		t := *r.topology.Now()
		t.Slots = stored.Slots
		p.Version, p.Groups = stored.Slots.Version, countSlots(&t, stored.Moves)
	}
	return json.Marshal(&p)
}

// Cancel implements session.Rebalancer.
func (r *rebalancer) Cancel() ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), recordWithin)
	defer cancel()
	n, err := r.assignments.Cancel(ctx)
	if err != nil {
		return nil, err
	}
	return json.Marshal(topology.Cancelled{Moves: n})
}
