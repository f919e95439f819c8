package client

import "github.com/cachegopher/cachegopher/ring"

// owners has the index of the group that owns each slot.
type owners [ring.Slots]uint16

// ownersBy returns the owners as the ring places the slots.
func ownersBy(r *ring.Ring) *owners {
	var o owners
	for slot := range o {
		o[slot] = uint16(r.LocateSlot(slot))
	}
	return &o
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
