package client

import (
	"slices"

	"github.com/cachegopher/cachegopher/ring"
)

// owners has the index of the group that owns each slot.
type owners [ring.Slots]uint16

// owners returns who owns the slots: by the assignment that nodes have sent, if there is one, else by the ring. The ring
// also has the slots of groups that are not in t. It requires the lock.
func (f *follower) owners(t *routing) *owners {
	var o owners
	for slot := range o {
		o[slot] = uint16(t.ring.LocateSlot(slot))
	}
	if f.known == nil || f.known.Slots == nil {
		return &o
	}
	assigned, err := f.ownership.Of(f.known)
	if err != nil {
		return &o
	}
	index := make([]int, len(f.known.Groups)) // in t
	for i, g := range f.known.Groups {
		index[i] = slices.IndexFunc(t.groups, func(of *group) bool { return of.id == g.Name })
	}
	for slot, g := range assigned {
		if at := index[g]; at >= 0 {
			o[slot] = uint16(at)
		}
	}
	return &o
}

// place gives the slots of t, which the client uses, the owners that are known now, and returns which have moved. It
// requires the lock of follow.
func (c *Client) place(t *routing) (moved movedSlots) {
	return c.own(t, c.follow.owners(t))
}

// own gives the slots of t, which the client uses, these owners. It requires the lock of follow.
func (c *Client) own(t *routing, o *owners) (moved movedSlots) {
	if *o == *t.owners {
		return moved
	}
	now := *t
	now.owners = o
	c.opts.own.doubtAll(t)
	c.topology.Store(&now)
	return movedSlots{t.owners, o}
}

// locate returns a key's slot and the index of its group.
func (t *routing) locate(key string) (slot, group int) {
	slot = ring.Slot(key)
	return slot, int(t.owners[slot])
}

// group returns the group that owns the key.
func (t *routing) group(key string) *group {
	if len(t.groups) == 1 {
		return t.groups[0]
	}
	_, at := t.locate(key)
	return t.groups[at]
}

// movedSlots are the slots whose owners differ. The zero value has none.
type movedSlots struct{ from, to *owners }

// forget drops the entries of these slots from the near cache, if there is one. It is called once requests go to the new
// owners: answers of the old ones that arrive later are not stored.
func (m movedSlots) forget(near NearCache) {
	if near == nil || m.from == nil {
		return
	}
	some, ok := near.(interface {
		ForgetIf(drop func(key string) bool)
	})
	if !ok {
		near.Clear()
		return
	}
	some.ForgetIf(func(key string) bool {
		slot := ring.Slot(key)
		return m.from[slot] != m.to[slot]
	})
}
