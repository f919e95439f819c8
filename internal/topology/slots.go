package topology

import (
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"

	"github.com/cachegopher/cachegopher/ring"
)

// SlotRange is the slots First to Last, both included.
type SlotRange struct{ First, Last uint16 }

// SlotRanges is a set of slots: ascending, and neither overlapping nor adjacent, so that equal sets are equal values. Its
// JSON is [[First,Last],...].
type SlotRanges []SlotRange

// RangesOf returns the set of the slots that are in it.
func RangesOf(in func(slot int) bool) (r SlotRanges) {
	for slot := range ring.Slots {
		switch last := len(r) - 1; {
		case !in(slot):
		case last >= 0 && int(r[last].Last)+1 == slot:
			r[last].Last++
		default:
			r = append(r, SlotRange{uint16(slot), uint16(slot)})
		}
	}
	return r
}

// Count returns the number of slots.
func (r SlotRanges) Count() (n int) {
	for _, one := range r {
		n += int(one.Last-one.First) + 1
	}
	return n
}

// All yields the slots in ascending order.
func (r SlotRanges) All() iter.Seq[int] {
	return func(yield func(int) bool) {
		for _, one := range r {
			for slot := int(one.First); slot <= int(one.Last); slot++ {
				if !yield(slot) {
					return
				}
			}
		}
	}
}

// Set returns the slots as a set in which a slot is found at once.
func (r SlotRanges) Set() (s ring.SlotSet) {
	for _, one := range r {
		s.Add(int(one.First), int(one.Last))
	}
	return s
}

// Slots is an assignment of all slots to groups that is stored, so that slots move only when they are moved. It is immutable.
type Slots struct {
	Version uint64      `json:"version,omitempty"` // rises with each change of the assignment and of the moves under way
	Owners  []SlotOwner `json:"owners"`            // by group, ascending; groups without slots are left out
}

// SlotOwner is a group's slots.
type SlotOwner struct {
	Group  string     `json:"group"`
	Ranges SlotRanges `json:"ranges"`
}

// NewSlots returns the assignment in which slot i belongs to the group owners[i]. There must be ring.Slots of them.
func NewSlots(version uint64, owners []string) *Slots {
	s := &Slots{Version: version}
	groups := map[string]bool{}
	for _, g := range owners {
		groups[g] = true
	}
	for _, g := range slices.Sorted(maps.Keys(groups)) {
		s.Owners = append(s.Owners, SlotOwner{g, RangesOf(func(slot int) bool { return owners[slot] == g })})
	}
	return s
}

// ByName returns the name of each slot's group.
func (s *Slots) ByName() []string {
	owners := make([]string, ring.Slots)
	for _, o := range s.Owners {
		for slot := range o.Ranges.All() {
			owners[slot] = o.Group
		}
	}
	return owners
}

// sameOwners reports whether both assign each slot to the same group, or both are nil.
func (s *Slots) sameOwners(other *Slots) bool {
	if s == nil || other == nil || s == other {
		return s == other
	}
	return slices.EqualFunc(s.Owners, other.Owners, func(a, b SlotOwner) bool {
		return a.Group == b.Group && slices.Equal(a.Ranges, b.Ranges)
	})
}

// within returns an error unless all owners are among the groups.
func (s *Slots) within(groups []Group) error {
	for _, o := range s.Owners {
		if !slices.ContainsFunc(groups, func(g Group) bool { return g.Name == o.Group }) {
			return fmt.Errorf("topology: slots belong to %q, which is not a group", o.Group)
		}
	}
	return nil
}

// check returns an error unless each slot has exactly one owner, and owners are in order.
func (s *Slots) check() error {
	owned := make([]bool, ring.Slots)
	before := ""
	for _, o := range s.Owners {
		if o.Group <= before {
			return fmt.Errorf("topology: owner of slots %q: the owners' names do not ascend", o.Group)
		}
		before = o.Group
		if err := o.Ranges.check(); err != nil {
			return fmt.Errorf("topology: slots of %q: %w", o.Group, err)
		}
		for slot := range o.Ranges.All() {
			if owned[slot] {
				return fmt.Errorf("topology: slot %d has two owners", slot)
			}
			owned[slot] = true
		}
	}
	if slot := slices.Index(owned, false); slot >= 0 {
		return fmt.Errorf("topology: slot %d has no owner", slot)
	}
	return nil
}

// check returns an error unless there are slots, and the ranges ascend without being adjacent.
func (r SlotRanges) check() error {
	next := 0
	for _, one := range r {
		if int(one.First) < next || one.Last < one.First || one.Last >= ring.Slots {
			return fmt.Errorf("the range [%d,%d] is not in order, or is adjacent to the one before it", one.First, one.Last)
		}
		next = int(one.Last) + 2
	}
	if len(r) == 0 {
		return errors.New("there are no ranges")
	}
	return nil
}

// UnmarshalJSON reads an assignment, and returns an error unless it gives each slot exactly one owner.
func (s *Slots) UnmarshalJSON(data []byte) error {
	type plain Slots
	var read plain
	if err := json.Unmarshal(data, &read); err != nil {
		return err
	}
	if err := (*Slots)(&read).check(); err != nil {
		return err
	}
	*s = Slots(read)
	return nil
}
