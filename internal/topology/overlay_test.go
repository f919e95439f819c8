package topology

import (
	"testing"

	"github.com/cachegopher/cachegopher/ring"
)

// TestMovedBeforeTheSource checks that a move holds from the moment at which the node has learned of it, until the assignment
// of its source is as late.
func TestMovedBeforeTheSource(t *testing.T) {
	owners := make([]string, ring.Slots)
	for i := range owners {
		owners[i] = "a"
	}
	at := func(version uint64) *Topology {
		m := Move{ID: "1.1", From: "a", To: "b", Ranges: SlotRanges{{100, 199}}}
		return &Topology{Groups: []Group{{Name: "a"}, {Name: "b"}}, Slots: NewSlots(version, owners), Moves: []Move{m}}
	}
	l := NewLive(at(5))
	owner := func(slot int) string { return l.Now().Slots.ByName()[slot] }
	l.Moved(l.Now().Moves[0], 5) // the source knows better
	if owner(100) != "a" || len(l.Now().Moves) != 1 {
		t.Error("a move was done as of a version that the source has, and it does not say so")
	}
	l.Moved(l.Now().Moves[0], 7)
	check := func(what string) {
		t.Helper()
		if owner(99) != "a" || owner(100) != "b" || owner(199) != "b" || owner(200) != "a" || len(l.Now().Moves) != 0 {
			t.Errorf("%s: slots 99, 100, 199, 200 belong to %s, %s, %s, %s", what, owner(99), owner(100), owner(199), owner(200))
		}
	}
	check("learned")
	l.Set(at(6))
	if check("an earlier version of the source"); l.Now().Slots.Version != 6 {
		t.Errorf("the version is %d", l.Now().Slots.Version)
	}
	if l.Set(at(7)); owner(100) != "a" {
		t.Error("the source of the same version does not hold")
	}
}
