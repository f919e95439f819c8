package coordination

import (
	"context"
	"errors"
	"fmt"
	"slices"

	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/cachegopher/cachegopher/internal/topology"
)

var (
	errUnderWay  = errors.New("slots are being moved already")
	errLeftovers = errors.New("entries of these slots are still being removed where they are to go; " +
		"REBALANCE STATUS shows that; try again later")
)

// Start records moves as under way. Their ids are ignored: each gets one. version is that of the assignment for which
// they were planned. The moves from the groups called lost, which must have no primary, are recorded as done: the entries
// are lost. An error that does not wrap ErrChanged can mean that the moves were recorded all the same, if etcd's answer
// was lost.
func (c *Coordinator) Start(ctx context.Context, version uint64, moves []topology.Move, lost ...string) error {
	if old := c.withoutMoves(); len(old) > 0 {
		return fmt.Errorf("members run a version that does not know moves of slots: %v", old)
	}
	var unled []clientv3.Cmp
	for _, group := range lost {
		unled = append(unled, clientv3.Compare(clientv3.CreateRevision(c.k.primary(group)), "=", 0))
	}
	_, err := c.changeSlots(ctx, func(a *Assignment) error {
		switch {
		case a.version() != version:
			return ErrChanged
		case len(a.Moves) > 0:
			return errUnderWay
		}
		a.Moves = slices.Clone(moves)
		for i := range a.Moves {
			a.Moves[i].ID = fmt.Sprintf("%d.%d", version, i+1)
		}
		if err := c.checkMoves(a, lost); err != nil {
			return err
		}
		return a.abandon(lost)
	}, unled...)
	return err
}

// abandon records the moves from the groups called lost as done. Should one of their members come back with entries it
// removes them.
func (a *Assignment) abandon(lost []string) error {
	under, removing := []topology.Move{}, slices.Clone(a.Removing)
	for _, m := range a.Moves {
		if !slices.Contains(lost, m.From) {
			under = append(under, m)
			continue
		}
		set := m.Ranges.Set()
		for _, r := range a.Removing {
			if has := r.Ranges.Set(); r.From == m.To && has.Overlaps(&set) {
				return errLeftovers
			}
		}
		a.Slots, removing = a.Slots.After(&m), append(removing, m)
	}
	a.Moves, a.Removing = under, removing
	return nil
}

// checkMoves returns an error if moves contradict the groups, the owners or each other, or if a group that is to give or
// to take has no primary; those called lost must have none.
func (c *Coordinator) checkMoves(a *Assignment, lost []string) error {
	c.mu.Lock()
	if c.view == nil {
		c.mu.Unlock()
		return errOffline
	}
	t, _ := c.topologyNow()
	led := c.view.primaries
	c.mu.Unlock()
	for _, m := range a.Moves {
		gone, given := slices.Contains(lost, m.From), led[m.From].ID != ""
		switch {
		case led[m.To].ID == "":
			return fmt.Errorf("the group %q, which would get slots, has no primary: start its members, or REBALANCE WITHOUT it", m.To)
		case gone && given:
			return fmt.Errorf("the group %q is not lost, it has a primary: REBALANCE WITHOUT it moves its slots with their entries", m.From)
		case !gone && !given:
			return fmt.Errorf("the group %q, which would give slots, has no primary: start one of its members; if its entries are lost for good, REBALANCE ABANDON gives its slots away without them", m.From)
		}
	}
	t.Slots, t.Moves = a.Slots, a.Moves
	return t.CheckSlots()
}

// withoutMoves returns the registered members whose release does not know moves.
func (c *Coordinator) withoutMoves() (ids []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.view == nil {
		return nil
	}
	for _, members := range c.view.members {
		for id, m := range members {
			if !m.Moves {
				ids = append(ids, id)
			}
		}
	}
	slices.Sort(ids)
	return ids
}

// Cancel takes the moves that are not done from the list, and returns their number.
func (c *Coordinator) Cancel(ctx context.Context) (cancelled int, err error) {
	_, err = c.changeSlots(ctx, func(a *Assignment) error {
		if cancelled = len(a.Moves); cancelled == 0 {
			return errNothing
		}
		a.Removing = append(slices.Clone(a.Removing), leftovers(a.Moves)...)
		a.Moves = nil
		return nil
	})
	if errors.Is(err, errNothing) {
		return 0, nil
	}
	return cancelled, err
}

// leftovers are the removals of what moves that are given up have copied, one for each pair of groups.
func leftovers(moves []topology.Move) (all []topology.Move) {
	for _, m := range moves {
		at := slices.IndexFunc(all, func(o topology.Move) bool { return o.From == m.To && o.To == m.From })
		if at < 0 {
			all = append(all, topology.Move{ID: m.ID, From: m.To, To: m.From, Ranges: m.Ranges})
			continue
		}
		one, other := all[at].Ranges.Set(), m.Ranges.Set()
		all[at].Ranges = topology.RangesOf(func(slot int) bool { return one.Has(slot) || other.Has(slot) })
	}
	return all
}

// Removed records that the entries of a move's slots were removed at its From.
func (c *Coordinator) Removed(ctx context.Context, id string) error {
	_, err := c.changeSlots(ctx, func(a *Assignment) error {
		at := slices.IndexFunc(a.Removing, func(m topology.Move) bool { return m.ID == id })
		if at < 0 {
			return errNothing
		}
		a.Removing = slices.Delete(slices.Clone(a.Removing), at, at+1)
		return nil
	})
	if errors.Is(err, errNothing) {
		return nil
	}
	return err
}
