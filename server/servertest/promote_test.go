package servertest_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/cachegopher/cachegopher/internal/testkit"
	"github.com/cachegopher/cachegopher/internal/topology"
	"github.com/cachegopher/cachegopher/server/servertest"
)

// leaderAt is the primary of the only group and its epoch, as n reports them.
func leaderAt(t *testing.T, n *servertest.Node) (id string, epoch uint64) {
	t.Helper()
	top := new(topology.Topology)
	if err := json.Unmarshal([]byte(ask(t, n, "TOPOLOGY")), top); err != nil {
		t.Fatal(err)
	}
	return top.Groups[0].Leader, top.Groups[0].Epoch
}

// PROMOTE hands the group over and back. Every member reports the new primary, writes continue, and a config with another
// primary changes nothing, even at a restart.
func TestPromote(t *testing.T) {
	nodes := servertest.StartGroup(t, 3, servertest.ID("n"), servertest.User("app", "hunter2", "read", "write", "admin"))
	primary := nodes[0]
	if id, epoch := leaderAt(t, nodes[2]); id != primary.ID || epoch != 0 {
		t.Errorf("at the start %s leads in epoch %d", id, epoch)
	}
	if got := ask(t, primary, "SET before v"); got != "OK" {
		t.Fatalf("SET is answered %q", got)
	}
	last := uint64(0)
	for i, n := range []*servertest.Node{nodes[1], nodes[2], nodes[0], nodes[1]} {
		request := "PROMOTE"
		at := n
		if i == 1 { // sent to the primary
			at, request = nodes[1], "PROMOTE "+n.ID
		}
		testkit.HandedOver(t, func() string { return ask(t, at, request) })
		testkit.Eventually(t, "a write at the new primary", func() bool { return ask(t, n, "SET after v") == "OK" })
		for _, m := range nodes {
			testkit.Eventually(t, m.ID+" tells the new primary", func() bool { id, epoch := leaderAt(t, m); return id == n.ID && epoch > last })
			testkit.Eventually(t, "that write at "+m.ID, func() bool { return ask(t, m, "GET after") == "v" && ask(t, m, "GET before") == "v" })
			if got := ask(t, m, "SET k v"); m != n && !strings.Contains(got, "READONLY") {
				t.Errorf("a write at %s is answered %q", m.ID, got)
			}
		}
		_, last = leaderAt(t, n)
		ask(t, n, "DELETE after")
	}
	primary = nodes[1]
	for _, n := range nodes { // the config still names nodes[0]
		if err := n.Reload(); err != nil {
			t.Error(err)
		}
	}
	nodes[0].Kill()
	nodes[0].Restart()
	testkit.Eventually(t, "the old primary follows", func() bool { id, epoch := leaderAt(t, nodes[0]); return id == primary.ID && epoch == last })
	if got := ask(t, primary, "SET after v"); got != "OK" {
		t.Errorf("a write after the restart is answered %q", got)
	}
	if got := ask(t, nodes[2], "PROMOTE "+nodes[0].ID); !strings.Contains(got, "ask "+nodes[0].ID+" itself") {
		t.Errorf("PROMOTE of another at a secondary is answered %q", got)
	}
	primary.Kill()
	if got := ask(t, nodes[2], "PROMOTE"); !strings.HasPrefix(got, "ERROR") {
		t.Errorf("PROMOTE without a primary is answered %q", got)
	}
	if got := ask(t, nodes[2], "PROMOTE FORCE"); got != "OK" {
		t.Errorf("PROMOTE FORCE is answered %q", got)
	}
	testkit.Eventually(t, "a write after the force", func() bool { return ask(t, nodes[2], "SET forced v") == "OK" })
	primary.Restart()
	testkit.Eventually(t, "the killed primary follows", func() bool { return ask(t, primary, "GET forced") == "v" })
}
