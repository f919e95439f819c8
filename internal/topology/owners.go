package topology

import (
	"fmt"
	"slices"

	"github.com/cachegopher/cachegopher/ring"
)

// Ownership decides which group owns each slot. Nothing else does: the stored assignment if there is one, else package ring,
// which computes it from the groups' names and weights. It keeps the latest result, since most changes of a topology move
// no slots. The zero value is ready. Not safe for concurrent use.
type Ownership struct {
	shares []ring.Group // of the groups, in the topology's order
	slots  *Slots       // nil: the ring decided
	owners []uint16
}

// Of returns the owner of each of the ring.Slots slots in t, as an index of t.Groups. The slice must not be changed.
func (o *Ownership) Of(t *Topology) ([]uint16, error) {
	shares := make([]ring.Group, len(t.Groups))
	at := make(map[string]uint16, len(t.Groups))
	for i, g := range t.Groups {
		shares[i] = ring.Group{ID: g.Name, Weight: int(g.Weight)}
		at[g.Name] = uint16(i)
	}
	if len(shares) > 0 && slices.Equal(shares, o.shares) && t.Slots.sameOwners(o.slots) {
		return o.owners, nil
	}
	var owners []uint16
	var err error
	if t.Slots != nil {
		owners, err = stored(t.Slots.Owners, at)
	} else {
		owners, err = onRing(shares, at)
	}
	if err != nil {
		return nil, err
	}
	o.shares, o.slots, o.owners = shares, t.Slots, owners
	return owners, nil
}

// stored returns the owners of an assignment.
func stored(slots []SlotOwner, at map[string]uint16) ([]uint16, error) {
	owners := make([]uint16, ring.Slots)
	for _, s := range slots {
		g, known := at[s.Group]
		if !known {
			return nil, fmt.Errorf("topology: slots belong to %q, which is not a group", s.Group)
		}
		for slot := range s.Ranges.All() {
			owners[slot] = g
		}
	}
	return owners, nil
}

// onRing returns the owners by the groups' shares.
func onRing(shares []ring.Group, at map[string]uint16) ([]uint16, error) {
	r, err := ring.New(shares)
	if err != nil {
		return nil, err
	}
	owners := make([]uint16, ring.Slots)
	for slot := range owners {
		owners[slot] = at[r.Group(r.LocateSlot(slot)).ID]
	}
	return owners, nil
}
