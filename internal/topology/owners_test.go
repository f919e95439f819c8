package topology

import (
	"testing"

	"github.com/cachegopher/cachegopher/ring"
)

// TestOwnership compares the owners with the ring's, and checks that they are computed anew only if the groups change.
func TestOwnership(t *testing.T) {
	top := &Topology{Groups: []Group{{Name: "z"}, {Name: "a", Weight: 3}, {Name: "m"}}}
	var o Ownership
	owners, err := o.Of(top)
	if err != nil || len(owners) != ring.Slots {
		t.Fatalf("%d owners, %v", len(owners), err)
	}
	r, err := ring.New([]ring.Group{{ID: "a", Weight: 3}, {ID: "m"}, {ID: "z"}})
	if err != nil {
		t.Fatal(err)
	}
	for slot, at := range owners {
		if got, want := top.Groups[at].Name, r.Group(r.LocateSlot(slot)).ID; got != want {
			t.Fatalf("slot %d is owned by %s, on the ring by %s", slot, got, want)
		}
	}
	led := top.WithLeaders(nil)
	led.Groups[0].Epoch = 7
	if again, err := o.Of(led); err != nil || &again[0] != &owners[0] {
		t.Errorf("another leader: the owners were computed anew, %v", err)
	}
	led.Groups[0].Weight = 2
	if other, err := o.Of(led); err != nil || &other[0] == &owners[0] {
		t.Errorf("another weight: the owners are the old ones, %v", err)
	}
	if _, err := new(Ownership).Of(new(Topology)); err == nil {
		t.Error("a topology without groups has owners")
	}
}
