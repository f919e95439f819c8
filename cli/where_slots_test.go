package cli

import (
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
