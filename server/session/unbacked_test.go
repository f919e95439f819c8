package session

import "testing"

// TestUnbacked refuses writes for lack of secondaries, in a pipeline and in a transaction; a read-only node refuses them with
// READONLY.
func TestUnbacked(t *testing.T) {
	const noReplicas = "-NOREPLICAS Not enough good replicas to write.\r\n"
	f, _, e := groupFixture(t)
	c := newClient(t, f)
	if got := c.send(resp("MULTI") + resp("SET", "a", "1")); got != "+OK\r\n+QUEUED\r\n" {
		t.Fatalf("%q", got)
	}
	f.n.SetUnbacked(true)
	if got, want := c.send(resp("EXEC")), "-EXECABORT Transaction discarded because of: NOREPLICAS Not enough good replicas to write.\r\n"; got != want {
		t.Errorf("EXEC: %q, want %q", got, want)
	}
	if got := c.send(resp("GET", "a") + resp("SET", "a", "1") + resp("DEL", "a")); got != missing+noReplicas+noReplicas {
		t.Errorf("a pipeline: %q", got)
	}
	if f.n.TakesWrites() {
		t.Error("TakesWrites is true")
	}
	f.n.SetReadOnly(true)
	if got := c.send(resp("SET", "a", "1")); got != refusedWrite {
		t.Errorf("a secondary: %q", got)
	}
	f.n.SetUnbacked(false)
	if got := c.send(resp("SET", "a", "1")); got != refusedWrite {
		t.Errorf("a secondary with secondaries: %q", got)
	}
	if n := e.effects.Load(); n != 0 {
		t.Errorf("%d effects of refused writes", n)
	}
	f.n.SetReadOnly(false)
	if got := c.send(resp("SET", "a", "1")); got != "+OK\r\n" || !f.n.TakesWrites() {
		t.Errorf("in the end: %q", got)
	}
}
