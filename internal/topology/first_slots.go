package topology

import (
	"maps"
	"slices"
)

// Contiguous returns the assignment that gives each group its share of the slots by weight as one range, in the order of the
// groups' names. Clients of Redis Cluster ask for all ranges: the ring's would be thousands.
func Contiguous(version uint64, groups []Group) (*Slots, error) {
	due, err := (&Topology{Groups: groups}).due(nil)
	if err != nil {
		return nil, err
	}
	s, next := &Slots{Version: version}, 0
	for _, name := range slices.Sorted(maps.Keys(due)) {
		if n := due[name]; n > 0 {
			s.Owners = append(s.Owners, SlotOwner{name, SlotRanges{{uint16(next), uint16(next + n - 1)}}})
			next += n
		}
	}
	return s, nil
}

// ByRing returns the assignment in which package ring places the slots, by the groups' names and weights.
func ByRing(version uint64, groups []Group) (*Slots, error) {
	at, err := new(Ownership).Of(&Topology{Groups: groups})
	if err != nil {
		return nil, err
	}
	owners := make([]string, len(at))
	for slot, g := range at {
		owners[slot] = groups[g].Name
	}
	return NewSlots(version, owners), nil
}
