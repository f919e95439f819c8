package session

import (
	"testing"

	"github.com/cachegopher/cachegopher/lru"
)

// TestHeldInCluster holds writes at a node that knows already that it has handed its group over: the new primary may not know
// it yet, and would redirect clients back. Once it is released, they are redirected. Reads, and other groups' keys, do not wait.
func TestHeldInCluster(t *testing.T) {
	f := newFixture(t, lru.Options{})
	own, other := keyIn("k", 0, 0), keyIn("k", 1, 0)
	f.n.SetCluster(fakeCluster("test", "b"))
	f.want("+OK\r\n", "SET", own, "v")
	c, late, reader := newClient(t, f), newClient(t, f), newClient(t, f)
	if got := c.send(resp("MULTI") + resp("SET", own, "1")); got != "+OK\r\n+QUEUED\r\n" {
		t.Fatalf("%q", got)
	}
	holdWrites(f.n)
	f.n.Replication = &fakeReplication{epoch: 5, primary: "b"}
	f.n.Role = "secondary"
	f.n.SetCluster(fakeCluster("b", "test"))
	for name, got := range map[string]string{"EXEC": c.send(resp("EXEC")), "SET": late.send(resp("SET", own, "w"))} {
		if got != "" {
			t.Errorf("%s while writes are held: %q", name, got)
		}
	}
	if got, want := reader.send(resp("GET", own)+resp("SET", other, "w")), "$1\r\nv\r\n"+movedTo(other, "10.0.0.3:3"); got != want {
		t.Errorf("a read, and a write for another group, while writes are held: %q, want %q", got, want)
	}
	f.n.SetHeld(false)
	for name, got := range map[string]string{"EXEC": c.send(""), "SET": late.send("")} {
		if want := movedTo(own, "10.0.0.2:2"); got != want {
			t.Errorf("%s after the change: %q, want %q", name, got, want)
		}
	}
}
