package main

import (
	"fmt"
	"testing"
)

// TestSnapshotCoordinated stops all members of a group whose primary etcd chooses, and starts them: a snapshot is served, the
// latest if they differ. A member that starts while the others serve takes their data instead.
func TestSnapshotCoordinated(t *testing.T) {
	t.Parallel()
	g := newCoordinated(t)
	g.Sections["common"].(map[string]any)["snapshot"] = "."
	g.lead(0)
	g.recoverAll()
	g.set(g.primary(), "a", 1000)
	g.equal()
	g.terminate(2) // its file lacks what follows
	g.set(g.leader(), "b", 500)
	for i := range g.nodes[:2] {
		g.terminate(i)
	}
	for round := range 2 {
		g.recoverAll()
		g.primary()
		if n := len(g.equal()); n != 1500 {
			t.Errorf("round %d: %d entries", round, n)
		}
		c := peerOf(t, g.addresses[g.leader()])
		c.must(t, "DEL", "a1")
		c.must(t, "SET", "a1", "newer")
		g.terminate(round) // has "newer" in its file; the next one leads, with later data
		c = peerOf(t, g.addresses[g.leader()])
		c.must(t, "SET", "a2", fmt.Sprint("latest", round))
		g.recoverAll()
		g.primary()
		if all := g.equal(); all["a2"] != fmt.Sprintf("latest%d until -1", round) {
			t.Errorf("round %d: a2 is %q", round, all["a2"])
		}
		g.terminate(0, 1, 2)
	}
}
