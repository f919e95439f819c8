package scale

import (
	"strings"
	"testing"

	"github.com/cachegopher/cachegopher/internal/topology"
)

// TestStoredChanges computes the table of what a change of the stored assignment costs etcd and the nodes, and all changes of
// a group that is added.
func TestStoredChanges(t *testing.T) {
	var b strings.Builder
	row(&b, "nodes", "assignment", "value", "one change: etcd sends", "moves for one more group", "changes", "etcd sends", "which takes it")
	row(&b, "---:", "---", "---:", "---:", "---:", "---:", "---:", "---:")
	for _, groups := range groupCounts {
		for _, p := range placements[1:] {
			before := cluster(groups)
			top := cluster(groups + 1)
			top.Slots = p.of(before)
			moves, err := topology.Plan(top)
			if err != nil {
				t.Fatal(err)
			}
			for i := range moves {
				moves[i].ID = "1000.10"
			}
			s := storedSlots{Format: 1, Version: 1000, Owners: top.Slots.Owners, Moves: moves}
			value := float64(len(encoded(t, s)))
			nodes, changes := float64(3*groups+3), 1+2*float64(len(moves)) // the start; then of each move the commit and the end of the removal
			row(&b, 3*groups, p.name, size(value), size(value*nodes), len(moves), changes, size(value*nodes*changes), duration(value*nodes*changes/link))
		}
	}
	compare(t, "stored", b.String())
}
