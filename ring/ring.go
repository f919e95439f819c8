package ring

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/cespare/xxhash/v2"
)

const (
	// MaxGroups is the largest number of groups in a ring.
	MaxGroups = Slots
	// MaxWeight is the largest weight of a group.
	MaxWeight = 1 << 20
)

// ErrNoGroups is returned by New for an empty list of groups.
var ErrNoGroups = errors.New("ring: no groups")

// Group holds the keys of its slots.
type Group struct {
	// ID names the group. Placement depends on it, so it must not change when
	// addresses or members do. Not empty, unique within a ring.
	ID string
	// Weight is the group's share relative to the other groups', 1 to MaxWeight.
	// 0 means 1. A group whose share is below half a slot may hold none.
	Weight int
}

// Ring maps keys to groups. It is immutable and safe for concurrent use.
type Ring struct {
	groups []Group  // sorted by ID, weights filled in
	table  []uint16 // slot -> index into groups
}

// New builds a ring. The order of groups does not matter. An empty list gives
// ErrNoGroups; New also fails if an id is empty or repeated, a weight is out of
// range, or there are more than MaxGroups groups.
func New(groups []Group) (*Ring, error) {
	sorted, err := sortedByID(groups)
	if err != nil {
		return nil, err
	}
	seeds := make([]uint64, len(sorted))
	for i, g := range sorted {
		seeds[i] = xxhash.Sum64String(g.ID)
	}
	return &Ring{groups: sorted, table: fill(sorted, seeds)}, nil
}

// Shares returns the number of slots that each group has in New's ring, by its id, without making the ring. It fails as New does.
func Shares(groups []Group) (map[string]int, error) {
	sorted, err := sortedByID(groups)
	if err != nil {
		return nil, err
	}
	shares := make(map[string]int, len(sorted))
	for i, n := range quotas(sorted) {
		shares[sorted[i].ID] = n
	}
	return shares, nil
}

// sortedByID returns the groups in the order of their ids, with all weights, or what is wrong with them.
func sortedByID(groups []Group) ([]Group, error) {
	if len(groups) == 0 {
		return nil, ErrNoGroups
	}
	if len(groups) > MaxGroups {
		return nil, fmt.Errorf("ring: %d groups, the limit is %d", len(groups), MaxGroups)
	}
	sorted := slices.Clone(groups)
	slices.SortFunc(sorted, func(a, b Group) int { return strings.Compare(a.ID, b.ID) })
	for i := range sorted {
		g := &sorted[i]
		if g.Weight == 0 {
			g.Weight = 1
		}
		switch {
		case g.ID == "":
			return nil, errors.New("ring: a group has an empty id")
		case g.Weight < 0 || g.Weight > MaxWeight:
			return nil, fmt.Errorf("ring: group %q has weight %d, want 1 to %d", g.ID, g.Weight, MaxWeight)
		case i > 0 && sorted[i-1].ID == g.ID:
			return nil, fmt.Errorf("ring: two groups have the id %q", g.ID)
		}
	}
	return sorted, nil
}

// Len returns the number of groups.
func (r *Ring) Len() int { return len(r.groups) }

// Group returns the i-th group, 0 <= i < Len, in the order of ids.
func (r *Ring) Group(i int) Group { return r.groups[i] }

// Index returns the index of the group with the given id, and whether it exists.
func (r *Ring) Index(id string) (int, bool) {
	return slices.BinarySearchFunc(r.groups, id, func(g Group, id string) int {
		return strings.Compare(g.ID, id)
	})
}

// Locate returns the index of the group that holds key.
func (r *Ring) Locate(key string) int { return int(r.table[Slot(key)]) }

// LocateBytes is Locate for a key held in bytes.
func (r *Ring) LocateBytes(key []byte) int { return int(r.table[SlotBytes(key)]) }

// LocateSlot returns the index of the group that holds a slot, 0 to Slots-1.
func (r *Ring) LocateSlot(slot int) int { return int(r.table[slot]) }

// Counts returns the number of slots of each group, by group index.
func (r *Ring) Counts() []int {
	n := make([]int, len(r.groups))
	for _, g := range r.table {
		n[g]++
	}
	return n
}
