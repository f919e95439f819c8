package topology

import (
	"slices"

	"github.com/cachegopher/cachegopher/ring"
)

// Ownership decides which group owns each slot. Nothing else does: today package ring computes it from the groups' names
// and weights, as clients do. It keeps the latest result, since most changes of a topology move no slots. The zero value
// is ready. Not safe for concurrent use.
type Ownership struct {
	shares []ring.Group
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
	if len(shares) > 0 && slices.Equal(shares, o.shares) {
		return o.owners, nil
	}
	r, err := ring.New(shares)
	if err != nil {
		return nil, err
	}
	owners := make([]uint16, ring.Slots)
	for slot := range owners {
		owners[slot] = at[r.Group(r.LocateSlot(slot)).ID]
	}
	o.shares, o.owners = shares, owners
	return owners, nil
}
