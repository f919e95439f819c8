package main

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/cachegopher/cachegopher/internal/info"
)

// These tests change the primary by restarts, while a client writes. TestSwitchPrimary does it without.

// asked returns a connection, signed in by auth unless that is nil.
func asked(t *testing.T, auth []string, address string) *peer {
	t.Helper()
	c, err := dialAs(auth, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() }) //nolint:errcheck // the test is over
	return c
}

// offset returns a node's replication offset.
func (w *peer) offset(t *testing.T) string {
	t.Helper()
	reply, err := w.do("INFO", "replication")
	if err != nil {
		t.Fatal(err)
	}
	return info.Parse(reply.(string))["master_repl_offset"]
}

// hasAll fails the test unless the node has all keys.
func hasAll(t *testing.T, c *peer, keys []string) {
	t.Helper()
	var lost []string
	for _, k := range keys {
		if got, err := c.do("GET", k); err != nil {
			t.Fatal(err)
		} else if got != k {
			lost = append(lost, k)
		}
	}
	if len(lost) > 0 {
		t.Errorf("%s lost %d of %d acknowledged writes, such as %s", c.RemoteAddr(), len(lost), len(keys), lost[0])
	}
	if len(keys) < 200 {
		t.Errorf("only %d writes were acknowledged", len(keys))
	}
}

// calm sets heartbeats that a busy machine does not miss.
func calm(config string) string {
	return strings.Replace(config, `"replication_heartbeat": "200ms"`, `"replication_heartbeat": 5`, 1)
}

// restartAs restarts a node with its current config, and waits until it is ready.
func (g *group) restartAs(i int) {
	g.t.Helper()
	g.nodes[i].signal(syscall.SIGTERM)
	g.nodes[i].ended(patience)
	g.start(i, "--recover")
	g.nodes[i].serving()
}

// TestChangePrimary makes another node of a group of three the primary.
func TestChangePrimary(t *testing.T) {
	t.Parallel()
	g := newGroup(t, 2)
	g.edit(calm)
	for i := range g.nodes {
		g.start(i, "--recover")
	}
	g.nodes[0].serving()
	w := startWriter(nil, g.addresses[0], g.addresses[1])
	// 1. The group is in step.
	g.inStep(0)
	w.more(t, 200)
	// 2. The new config.
	g.lead(1)
	g.edit(calm)
	// 3. The old primary stops.
	g.nodes[0].signal(syscall.SIGTERM)
	if status := g.nodes[0].ended(patience); status != exitDone {
		t.Fatalf("the old primary ended with status %d", status)
	}
	log := g.nodes[0].stdout.String()
	if !strings.Contains(log, "the secondaries in step have every write") || !strings.Contains(log, `"secondaries_in_step": 2`) {
		t.Fatal("the old primary does not say that its secondaries have every write")
	}
	// 4. The others have what it had.
	for _, a := range g.addresses[1:] {
		if at := asked(t, nil, a).offset(t); at == "" || !strings.Contains(log, `"offset": `+at+",") {
			t.Fatalf("%s is at offset %q", a, at)
		}
	}
	// 5. The old primary comes back as a secondary, and waits.
	g.start(0, "--recover")
	// 6. The new primary takes what the third member has.
	g.restartAs(1)
	// 7. The third member, once the other is in step.
	g.nodes[0].serving()
	w.more(t, 200)
	g.restartAs(2)

	acked := w.end()
	g.inStep(1)
	t.Logf("%d writes, %d acknowledged", w.tried, len(acked))
	for _, a := range g.addresses {
		hasAll(t, asked(t, nil, a), acked)
	}
}

// TestChangePrimaryOfTwo gives a group of two another primary. There is no third member to hold the data meanwhile, so
// the old primary stays a primary to which no client may write.
func TestChangePrimaryOfTwo(t *testing.T) {
	t.Parallel()
	g := newGroup(t, 1)
	security := "{" + securityOf(t, t.TempDir(), "") + ",\n"
	secured := func(config string) string { return strings.Replace(calm(config), "{", security, 1) }
	g.edit(secured)
	for i := range g.nodes {
		g.start(i, "--recover")
	}
	g.nodes[0].serving()
	app, ops := []string{"AUTH", "app", "hunter2"}, []string{"AUTH", "ops", "hunter2"}
	w := startWriter(app, g.addresses[0], g.addresses[1])
	old := asked(t, ops, g.addresses[0])
	// 1. The group is in step.
	g.nodes[0].eventually("group in step", func() bool {
		got, err := old.do("INFO", "replication")
		return err == nil && strings.Contains(got.(string), "state=online")
	})
	w.more(t, 200)
	// 2. Nobody may write at the old primary.
	was, err := os.ReadFile(filepath.Join(g.folders[0], "cacheGopherConfig.json"))
	if err != nil {
		t.Fatal(err)
	}
	readOnly := strings.Replace(string(was), `["read", "write"]`, `["read"]`, 1)
	if readOnly == string(was) {
		t.Fatal("nobody could write")
	}
	write(t, g.folders[0], "cacheGopherConfig.json", readOnly)
	g.nodes[0].signal(syscall.SIGHUP)
	g.nodes[0].eventually("users", func() bool { return strings.Contains(g.nodes[0].stdout.String(), "users replaced") })
	// 3. The secondary has everything.
	g.nodes[0].eventually("same offset", func() bool {
		return old.offset(t) == asked(t, ops, g.addresses[1]).offset(t)
	})
	// 4. The new config, with the right to write; the new primary takes what the old one has.
	g.lead(1)
	g.edit(secured)
	g.restartAs(1)
	// 5. The old primary becomes a secondary.
	g.restartAs(0)
	w.more(t, 200)

	acked := w.end()
	g.nodes[1].eventually("group in step", func() bool {
		return asked(t, ops, g.addresses[0]).offset(t) == asked(t, ops, g.addresses[1]).offset(t)
	})
	t.Logf("%d writes, %d acknowledged", w.tried, len(acked))
	for _, a := range g.addresses {
		hasAll(t, asked(t, app, a), acked)
	}
}
