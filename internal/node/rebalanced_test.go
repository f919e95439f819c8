package node

import (
	"slices"
	"testing"

	"github.com/cachegopher/cachegopher/internal/topology"
)

// TestRebalanced checks when a node refuses requests for other groups' slots although its redis_cluster is off.
func TestRebalanced(t *testing.T) {
	top := &topology.Topology{Groups: []topology.Group{{Name: "a"}, {Name: "b"}}}
	if rebalanced(top) {
		t.Error("no assignment is stored")
	}
	owners, err := new(topology.Ownership).Of(top)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, g := range owners {
		names = append(names, top.Groups[g].Name)
	}
	if top.Slots = topology.NewSlots(1, names); rebalanced(top) {
		t.Error("the stored assignment is that of the groups' weights")
	}
	top.Moves = []topology.Move{{ID: "1.1", From: names[0], To: map[string]string{"a": "b", "b": "a"}[names[0]], Ranges: topology.SlotRanges{{}}}}
	if !rebalanced(top) {
		t.Error("a slot is about to move")
	}
	top.Moves = nil
	names = slices.Clone(names)
	names[0] = map[string]string{"a": "b", "b": "a"}[names[0]]
	if top.Slots = topology.NewSlots(2, names); !rebalanced(top) {
		t.Error("a slot has moved")
	}
}
