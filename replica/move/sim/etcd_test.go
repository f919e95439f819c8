package sim

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/cachegopher/cachegopher/internal/coordination"
	"github.com/cachegopher/cachegopher/internal/topology"
)

// etcd is the store that all nodes agree on. world.mu guards it.
type etcd struct {
	a       coordination.Assignment
	leaders [2]leader
	copies  []coordination.Assignment // earlier ones
	away    time.Time                 // since when it does not answer; zero: it does
}

type leader struct {
	n     *node // nil: the group has none
	id    string
	epoch uint64
}

var (
	errChanged = errors.New("changed meanwhile")
	errAway    = errors.New("etcd does not answer")
)

// put replaces the assignment. REQUIRES mu.
func (e *etcd) put(edit func(a *coordination.Assignment)) {
	e.copies = append(e.copies, e.a)
	next := coordination.Assignment{Slots: e.a.Slots, Moves: slices.Clone(e.a.Moves), Removing: slices.Clone(e.a.Removing)}
	edit(&next)
	s := *next.Slots
	s.Version = e.a.Slots.Version + 1
	next.Slots = &s
	e.a = next
}

// A node implements drive.Assignments.

func (n *node) Assignment() coordination.Assignment {
	defer n.w.lock()()
	return n.view
}

func (n *node) Taker(group string) (coordination.Taker, bool) {
	defer n.w.lock()()
	l := n.w.etcd.leaders[n.w.index(group)]
	return coordination.Taker{Server: topology.Server{ID: l.id, Group: group}, Epoch: l.epoch}, l.n != nil
}

// Commit asks etcd, which may answer late, or whose request may be lost and be sent again. The outcome is known, unless ctx ends.
func (n *node) Commit(ctx context.Context, id string, to coordination.Taker) (uint64, error) {
	own, _, _ := n.Leads()
	n.w.sleep(2 * time.Millisecond)
	n.reach(ctx)
	fate := n.w.pick(10)
	if fate == 0 || n.w.mutant.ignoresGiver { // lost; else this mutant would be noticed in one of 100 runs only
		n.w.meanwhile(n)
		n.w.sleep(300 * time.Millisecond)
	}
	n.reach(ctx)
	version, err := n.record(id, own, to)
	if fate <= 2 { // the answer is late
		n.w.sleep(300 * time.Millisecond)
	}
	if ctx.Err() != nil {
		return 0, coordination.ErrUncertain
	}
	return version, err
}

// record is the transaction of a primary of the epoch own.
func (n *node) record(id string, own uint64, to coordination.Taker) (uint64, error) {
	defer n.w.lock()()
	e := &n.w.etcd
	at := slices.IndexFunc(e.a.Moves, func(m topology.Move) bool { return m.ID == id })
	taker := e.leaders[n.w.index(to.Group)]
	same := taker.n != nil && taker.id == to.ID && taker.epoch == to.Epoch
	switch {
	case !e.away.IsZero():
		return 0, errAway // the process has ended
	case at < 0 || n.view.Slots.Version > e.a.Slots.Version:
		return 0, errNoMove
	case (e.leaders[n.group].n != n || e.leaders[n.group].epoch != own) && !n.w.mutant.ignoresGiver:
		return 0, errChanged
	case !same && !n.w.mutant.ignoresTaker:
		return 0, errChanged
	}
	m := e.a.Moves[at]
	e.put(func(a *coordination.Assignment) {
		a.Slots = a.Slots.After(&m)
		a.Moves = slices.Delete(a.Moves, at, at+1)
		a.Removing = append(a.Removing, m)
	})
	n.w.judgeCommit(m)
	n.heard(e.a)
	return e.a.Slots.Version, nil
}

func (n *node) Removed(_ context.Context, id string) error {
	n.w.sleep(2 * time.Millisecond)
	defer n.w.lock()()
	e := &n.w.etcd
	if !e.away.IsZero() || !n.up || n.view.Slots.Version > e.a.Slots.Version || e.leaders[n.group].n != n {
		return errChanged
	}
	if at := slices.IndexFunc(e.a.Removing, func(m topology.Move) bool { return m.ID == id }); at >= 0 {
		n.w.judgeRemoved(n, e.a.Removing[at])
		e.put(func(a *coordination.Assignment) { a.Removing = slices.Delete(a.Removing, at, at+1) })
		n.heard(e.a)
	}
	return nil
}

// start begins a move of some slots to the other group, if none is under way. REQUIRES mu.
func (w *world) start() {
	e := &w.etcd
	if len(e.a.Moves) > 0 || w.older() || !e.away.IsZero() {
		return
	}
	from := w.pick(2)
	owners := e.a.Slots.ByName()
	var ranges topology.SlotRanges
	for _, slot := range w.slots {
		if owners[slot] == w.name(from) && w.pick(2) == 0 {
			ranges = append(ranges, topology.SlotRange{First: uint16(slot), Last: uint16(slot)})
		}
	}
	if half := len(ranges) / 2; half > 0 {
		id := func(i int) string { return fmt.Sprintf("%d.%d", e.a.Slots.Version, i) }
		moves := []topology.Move{{ID: id(1), From: w.name(from), To: w.name(1 - from), Ranges: ranges[:half]}, {ID: id(2), From: w.name(from), To: w.name(1 - from), Ranges: ranges[half:]}}
		w.trace("start of %+v", moves)
		e.put(func(a *coordination.Assignment) { a.Moves = moves })
	}
}

// older reports whether a node knows a later assignment than etcd. REQUIRES mu.
func (w *world) older() bool {
	return slices.ContainsFunc(w.everyone(), func(n *node) bool { return n.up && n.view.Slots.Version > w.etcd.a.Slots.Version })
}

// restore gives etcd an older copy, and has a primary that knows better put the later one back. REQUIRES mu.
func (w *world) restore() {
	e := &w.etcd
	for _, n := range w.everyone() {
		if !n.up || n.view.Slots.Version != e.a.Slots.Version {
			return // otherwise only a node that dies may know the latest
		}
	}
	if len(e.copies) == 0 || !e.away.IsZero() {
		return
	}
	w.trace("etcd is restored from an older copy")
	e.a = e.copies[max(0, len(e.copies)-1-w.pick(3))]
	w.putBack()
}

// putBack has a primary that knows better than etcd put the later assignment back, a while later.
func (w *world) putBack() {
	e := &w.etcd
	w.after(w.ctx, time.Duration(w.pick(200))*time.Millisecond, func() {
		for _, l := range e.leaders {
			if e.away.IsZero() && l.n != nil && l.n.view.Slots.Version > e.a.Slots.Version {
				w.trace("%s puts version %d back", l.n.id(), l.n.view.Slots.Version)
				e.a = l.n.view
				e.put(func(*coordination.Assignment) {})
			}
		}
		if w.older() {
			w.putBack()
		}
	})
}
