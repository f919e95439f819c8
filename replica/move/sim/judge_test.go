package sim

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/cachegopher/cachegopher/internal/topology"
)

// key is a key and what has been done to it. Its states are numbered; state 0 is that it was never written.
type key struct {
	name    []byte
	slot    int
	deletes []bool // by state: it is absent
	floor   int    // the least state that a primary may answer
	settled int    // the least that remains after a change of primary
	recent  []write
}

// write is one that was acknowledged after the key was settled.
type write struct {
	state  int
	n      *node
	offset uint64 // behind it in the log of n
}

// fail notes the first fault. REQUIRES mu, as all functions here.
func (w *world) fail(format string, args ...any) {
	if w.fault == nil {
		for _, e := range w.events[max(0, len(w.events)-60):] {
			fmt.Println(e)
		}
		w.fault = fmt.Errorf("after %d moves, %d changes of primary, %d writes: %w", w.moves, w.changes, w.writes, fmt.Errorf(format, args...))
	}
}

// trace notes an event, to be shown with a fault.
func (w *world) trace(format string, args ...any) {
	w.events = append(w.events, fmt.Sprintf("%8.3f ms: ", float64(time.Since(w.began).Microseconds())/1000)+fmt.Sprintf(format, args...))
}

// begin numbers a new state of a key.
func (k *key) begin(absent bool) (state int) {
	if len(k.deletes) == 0 {
		k.deletes = []bool{true}
	}
	k.deletes = append(k.deletes, absent)
	return len(k.deletes) - 1
}

// acknowledged notes that a node has acknowledged a state.
func (k *key) acknowledged(n *node, state int) {
	k.floor = state
	k.recent = append(k.recent, write{state, n, n.log.Merge()})
}

// state returns the least state, of at least the given one, that an answer can be; false: there is none.
func (k *key) state(value []byte, there bool, least int) (state int, ok bool) {
	if there {
		state, err := strconv.Atoi(string(value))
		return state, err == nil && state >= least
	}
	for state := least; state < max(len(k.deletes), 1); state++ {
		if len(k.deletes) == 0 || k.deletes[state] {
			return state, true
		}
	}
	return 0, false
}

// judgePrimary checks an answer of a primary.
func (w *world) judgePrimary(n *node, k *key) {
	value, there := n.cache.Get(nil, k.name)
	if _, ok := k.state(value, there, k.floor); !ok {
		w.fail("%s, the primary, answers %q, %v for %s; acknowledged is state %d", n.id(), value, there, k.name, k.floor)
	}
}

// judgeSecondary checks an answer of a secondary.
func (w *world) judgeSecondary(n *node, i int) {
	k := &w.keys[i]
	value, there := n.cache.Get(nil, k.name)
	state, ok := k.state(value, there, n.seen[i])
	if !ok {
		w.fail("%s, a secondary, answers %q, %v for %s; it has answered state %d", n.id(), value, there, k.name, n.seen[i])
	}
	n.seen[i] = max(n.seen[i], state)
}

// judgeCommit takes note of a commit: from then on the other group answers for the slots, its secondaries too.
func (w *world) judgeCommit(m topology.Move) {
	w.moves++
	w.trace("commit of %+v", m)
	for i := range w.keys {
		k := &w.keys[i]
		if !setOf(m).Has(k.slot) {
			continue
		}
		k.settled, k.recent = k.floor, nil
		for _, n := range w.nodes[w.index(m.To)] {
			if n.up && !n.leads && n.from == w.etcd.leaders[n.group].n && n.from != nil {
				n.seen[i] = k.floor
			}
		}
	}
}

// judgeElection takes note of a new primary: what it does not have of the one before is lost.
func (w *world) judgeElection(n *node) {
	w.changes++
	w.trace("%s leads, had %d of %d", n.id(), n.followed, n.from.log.Merge())
	owners := w.etcd.a.Slots.ByName()
	for i := range w.keys {
		k := &w.keys[i]
		if owners[k.slot] != w.name(n.group) {
			continue
		}
		for _, r := range k.recent {
			if r.n == n.from && r.offset <= n.followed {
				k.settled = max(k.settled, r.state)
			}
		}
		k.floor, k.recent = k.settled, nil
	}
}

// judgeRemoved checks that a giver that says so has removed everything of a move.
func (w *world) judgeRemoved(n *node, m topology.Move) {
	w.trace("%s has removed %+v", n.id(), m)
	for i := range w.keys {
		if k := &w.keys[i]; setOf(m).Has(k.slot) && !n.owned.Has(k.slot) {
			if _, there := n.cache.Get(nil, k.name); there {
				w.fail("%s has %s still, which it has said to have removed", n.id(), k.name)
			}
		}
	}
}

// judgeOwners checks that no slot has two primaries that answer for it.
func (w *world) judgeOwners() {
	for _, slot := range w.slots {
		a, b := w.serving(0, slot), w.serving(1, slot)
		if a != nil && b != nil {
			w.fail("slot %d has two owners, %s and %s", slot, a.id(), b.id())
		}
	}
}

// serving returns the node of a group that answers for a slot.
func (w *world) serving(group, slot int) *node {
	for _, n := range w.nodes[group] {
		if n.serves(slot) {
			return n
		}
	}
	return nil
}

// judgeEnd checks that each slot has an owner, which has everything, and that its secondaries have the same.
func (w *world) judgeEnd() {
	for i := range w.keys {
		k := &w.keys[i]
		owners := w.etcd.a.Slots.ByName()
		n := w.serving(w.index(owners[k.slot]), k.slot)
		if n == nil {
			w.fail("nobody answers for slot %d after %v", k.slot, time.Duration(duration))
			return
		}
		w.judgePrimary(n, k)
		value, _ := n.cache.Get(nil, k.name)
		for _, o := range w.nodes[n.group] {
			other, _ := o.cache.Get(nil, k.name)
			if o.followed == n.log.Merge() && o.from == n && string(other) != string(value) {
				w.fail("%s has %q for %s, its primary %q", o.id(), other, k.name, value)
			}
		}
	}
}

// serves reports whether the node answers requests of a slot as the primary.
func (n *node) serves(slot int) bool {
	return n.up && n.leads && n.owned.Has(slot) && (n.suspended == nil || !n.suspended.Has(slot))
}

// inStep returns the offset up to which all secondaries have everything.
func (n *node) inStep() uint64 {
	least := uint64(math.MaxUint64)
	for _, o := range n.w.nodes[n.group] {
		if o.up && o.from == n {
			least = min(least, o.followed)
		}
	}
	return least
}
