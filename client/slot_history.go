package client

import (
	"github.com/cachegopher/cachegopher/internal/topology"
	"github.com/cachegopher/cachegopher/ring"
)

// slotHistory tells which slots have moved since the client knew of so many changes of the assignment.
type slotHistory struct {
	changes uint32             // so far
	missed  uint32             // the latest change between whose versions the client has missed others
	moved   [ring.Slots]uint32 // by slot, the change that has moved it; 0: none
}

// note counts a change of the topology if the assignment is another.
func (h *slotHistory) note(before, now *topology.Topology) {
	if now.Slots == nil || before != nil && before.Slots == now.Slots {
		return
	}
	h.changes++
	if before == nil || before.Slots == nil || now.Slots.Version > before.Slots.Version+1 {
		h.missed = h.changes // a slot may have moved to and fro
		return
	}
	from, to := before.Slots.ByName(), now.Slots.ByName()
	for slot := range h.moved {
		if from[slot] != to[slot] {
			h.moved[slot] = h.changes
		}
	}
}

// slotsOf returns the slots that the group owns by the assignment that nodes have sent, and how many changes of that have
// been counted; stored is false if there is none.
func (f *follower) slotsOf(group string) (slots ring.SlotSet, stored bool, changes uint32) {
	f.mu.Lock()
	defer f.mu.Unlock()
	slots, stored = slotsIn(f.known, group)
	return slots, stored, f.history.changes
}

// keptBy returns the slots that the group owns, and that have not moved since the given number of changes.
func (f *follower) keptBy(group string, since uint32) (slots ring.SlotSet) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.history.missed > since {
		return slots
	}
	slots, _ = slotsIn(f.known, group)
	for slot, change := range f.history.moved {
		if change > since {
			slots[slot/64] &^= 1 << (slot % 64)
		}
	}
	return slots
}
