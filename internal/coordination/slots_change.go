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
	errNoAssignment = errors.New("no assignment of slots is stored in etcd: the first primary that has entries stores it")
	errUnderWay     = errors.New("slots are being moved already")
	errOlderSlots   = errors.New("etcd has an older assignment of slots than this node; the later one is put back in a moment")
	errOffline      = errors.New("etcd cannot be reached")
	errLeftovers    = errors.New("entries of these slots are still being removed where they are to go; REBALANCE STATUS shows that; try again later")
	// ErrChanged means that the assignment is not the one that the caller has seen.
	ErrChanged = errors.New("the assignment of slots has changed meanwhile")
)

// Start records moves as under way. Their ids are ignored: each gets one. version is that of the assignment for which they were
// planned. The moves from the groups called lost, which must have no primary, are recorded as done: the entries are lost. An error
// that does not wrap ErrChanged can mean that the moves were recorded all the same, if etcd's answer was lost.
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

// abandon records the moves from the groups called lost as done. Should one of their members come back with entries it removes them.
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

// checkMoves returns an error if moves contradict the groups, the owners or each other, or if a group that is to give or to take
// has no primary; those called lost must have none.
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

// errNothing ends changeSlots without a change.
var errNothing = errors.New("there is nothing to change")

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

// changeTries is how often changeSlots tries again because others change the assignment at the same time.
const changeTries = 10

// changeSlots has edit change etcd's assignment, which gets the next version. edit must not change what the assignment refers to,
// and may be called several times. An error of edit ends it. Nothing is changed unless the conditions hold.
func (c *Coordinator) changeSlots(ctx context.Context, edit func(*Assignment) error, conditions ...clientv3.Cmp) (slotsRecord, error) {
	for range changeTries {
		is, err := c.readSlots(ctx)
		if err != nil {
			return is, err
		}
		next := is
		next.First = false
		if err := edit(&next.Assignment); err != nil {
			return is, err
		}
		if changed, err := c.putSlots(ctx, is.revision, &next, conditions...); err != nil || changed {
			return next, err
		}
	}
	return slotsRecord{}, ErrChanged
}

// readSlots reads the assignment from etcd.
func (c *Coordinator) readSlots(ctx context.Context) (r slotsRecord, err error) {
	etcd, latest := c.client(), c.Assignment()
	if etcd == nil {
		return r, errOffline
	}
	bounded, cancel := c.request(ctx)
	defer cancel()
	answer, err := etcd.Get(bounded, c.k.slots())
	switch {
	case err != nil:
		return r, fmt.Errorf("%w: %w", errOffline, err)
	case len(answer.Kvs) == 0:
		return r, errNoAssignment
	}
	if r, err = decodeSlots(answer.Kvs[0]); err != nil {
		return r, fmt.Errorf("the assignment of slots in etcd: %w", err)
	}
	if latest.supersedes(&r.Assignment) {
		return r, errOlderSlots
	}
	return r, nil
}

// putSlots writes r with the next version if the key still has that revision and the conditions hold; changed is false if not.
// r gets the version and the revision.
func (c *Coordinator) putSlots(ctx context.Context, revision int64, r *slotsRecord, conditions ...clientv3.Cmp) (changed bool, err error) {
	etcd := c.client()
	if etcd == nil {
		return false, errOffline
	}
	owners := *r.Slots
	owners.Version++
	r.Format, r.Slots = format, &owners
	if len(r.Moves) == 0 {
		r.Moves = nil // as it will be read
	}
	if len(r.Removing) == 0 {
		r.Removing = nil
	}
	bounded, cancel := c.request(ctx)
	defer cancel()
	conditions = append(conditions, clientv3.Compare(clientv3.ModRevision(c.k.slots()), "=", revision))
	answer, err := etcd.Txn(bounded).If(conditions...).Then(clientv3.OpPut(c.k.slots(), encode(r))).Commit()
	if err != nil || !answer.Succeeded {
		return false, err
	}
	r.revision = answer.Header.Revision
	c.noteChange(*r)
	return true, nil
}

// client returns etcd's client; nil: etcd has not been reached yet.
func (c *Coordinator) client() *clientv3.Client {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.etcd
}
