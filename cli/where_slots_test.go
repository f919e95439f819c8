package cli

import (
	"slices"
	"testing"

	"github.com/cachegopher/cachegopher/internal/topology"
	"github.com/cachegopher/cachegopher/ring"
)

// TestWhereGoesByTheAssignment: a stored assignment of slots takes precedence over the ring.
func TestWhereGoesByTheAssignment(t *testing.T) {
	is := &topology.Topology{Groups: []topology.Group{{Name: "a"}, {Name: "b"}}}
	owners := make([]string, ring.Slots)
	for slot := range owners {
		owners[slot] = "b"
	}
	byRing := map[string]int{}
	for slot := range owners {
		g, err := groupOfSlot(is, slot)
		if err != nil {
			t.Fatal(err)
		}
		if byRing[g.Name]++; slot > 20 {
			break
		}
	}
	if len(byRing) != 2 {
		t.Errorf("by the ring: %v", byRing)
	}
	is.Slots = topology.NewSlots(1, owners)
	for slot := range 20 {
		if g, err := groupOfSlot(is, slot); err != nil || g.Name != "b" {
			t.Errorf("slot %d belongs to %q, %v", slot, g.Name, err)
		}
	}
}

// TestPlanGoesByTheAssignment: where an assignment is stored, PLAN shows what a REBALANCE would move.
func TestPlanGoesByTheAssignment(t *testing.T) {
	owners := make([]string, ring.Slots)
	for slot := range owners {
		owners[slot] = "b"
	}
	for _, c := range []struct {
		groups []topology.Group
		moves  []planMove
	}{
		{[]topology.Group{{Name: "b"}}, nil},
		{[]topology.Group{{Name: "a"}, {Name: "b", Weight: 3}}, []planMove{{"b", "a", ring.Slots / 4, 0.25}}},
		{[]topology.Group{{Name: "a"}}, []planMove{{"b", "a", ring.Slots, 1}}},
	} {
		got, err := planOfStored(topology.NewSlots(1, owners), &topology.Topology{Groups: c.groups})
		if err != nil || !got.Stored || !slices.Equal(got.Moves, c.moves) {
			t.Errorf("%v: %+v, %v", c.groups, got, err)
		}
	}
}
