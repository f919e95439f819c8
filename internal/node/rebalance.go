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

// startTries bounds how often moves are planned again because something else of the assignment has changed meanwhile, and
// startPause is how long this node then waits to hear of it.
const (
	startTries = 5
	startPause = 20 * time.Millisecond
)

// Rebalance implements session.Rebalancer.
func (r *rebalancer) Rebalance(asked session.RebalanceRequest) ([]byte, error) {
	for try := 1; ; try++ {
		made, err := r.plan(asked)
		if err != nil {
			return nil, err
		}
		if !asked.DryRun && len(made.Moves) > 0 {
			err = r.start(asked, made)
		}
		if errors.Is(err, coordination.ErrChanged) && try < startTries {
			time.Sleep(startPause) // most probably a removal has ended
			continue
		}
		if err != nil {
			return nil, err
		}
		return json.Marshal(made)
	}
}

// plan makes the plan that is asked for. It returns an error if that is not the one that the client has seen.
func (r *rebalancer) plan(asked session.RebalanceRequest) (*topology.Rebalancing, error) {
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
	made := &topology.Rebalancing{Groups: countSlots(&t, moves), Moves: moves}
	if made.Moves == nil {
		made.Moves = []topology.Move{}
	}
	if made.Plan, err = identify(made); err != nil {
		return nil, err
	}
	if asked.Plan != "" && asked.Plan != made.Plan {
		return nil, errors.New("the groups, their weights or the owners of slots have changed since that plan was made; look at a new one")
	}
	made.Version = stored.Slots.Version
	return made, nil
}

// start has etcd record the moves of a plan.
func (r *rebalancer) start(asked session.RebalanceRequest, made *topology.Rebalancing) error {
	ctx, cancel := context.WithTimeout(context.Background(), recordWithin)
	defer cancel()
	var lost []string
	if asked.Abandon {
		lost = asked.Without
	}
	return r.assignments.Start(ctx, made.Version, made.Moves, lost...)
}

// identify returns a short text that is the same for plans with equal moves, and most probably differs for others.
// REQUIRES: the version is not set, since it also changes with what a user does not look at, such as the end of a
// removal.
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
	p := topology.Progress{
		Groups: []topology.SlotCount{}, Moves: append([]topology.Move{}, stored.Moves...),
		Removing: append([]topology.Move{}, stored.Removing...), Giving: r.giving(),
	}
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
