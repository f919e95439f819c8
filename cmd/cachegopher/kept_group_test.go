package main

import (
	"fmt"
	"maps"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/info"
	"github.com/cachegopher/cachegopher/internal/testkit"
)

// keptGroup starts a group without proxies whose nodes keep their memory.
func keptGroup(t *testing.T, secondaries int) *group {
	t.Helper()
	g := directGroup(t, secondaries, map[string]any{"common": map[string]any{
		"max_memory": "64MB", "replication_heartbeat": "200ms", "replication_log": "4MB", "recover_timeout": 10, "keep_memory": keptFolder(t),
	}})
	g.recoverAll()
	return g
}

// recoverAll starts all nodes that do not run, with --recover, and waits until they serve.
func (g *group) recoverAll() {
	g.t.Helper()
	for i, n := range g.nodes {
		if n == nil {
			g.start(i, "--recover")
		}
	}
	for _, n := range g.nodes {
		n.serving()
	}
}

// terminate ends nodes with SIGTERM, in this order.
func (g *group) terminate(nodes ...int) {
	g.t.Helper()
	for _, i := range nodes {
		g.nodes[i].stopped()
		g.nodes[i] = nil
	}
}

// syncs returns the full and the partial syncs of a node's process.
func (g *group) syncs(i int) (full, partial int) {
	g.t.Helper()
	fields := info.Parse(replies(g.t, g.addresses[i], "INFO", "stats"))
	full, _ = strconv.Atoi(fields["sync_full"])
	partial, _ = strconv.Atoi(fields["sync_partial_ok"])
	return full, partial
}

// set writes keys with a prefix to the primary.
func (g *group) set(primary int, prefix string, n int) {
	g.t.Helper()
	c := peerOf(g.t, g.addresses[primary])
	for i := range n {
		c.must(g.t, "SET", fmt.Sprint(prefix, i), strings.Repeat(prefix, 20))
	}
}

// TestKeptGroup restarts the members of a group in every way. After an end in order a member needs a partial sync only; after
// a kill it has a full one, and whatever it held before, it has the group's data.
func TestKeptGroup(t *testing.T) {
	t.Parallel()
	g := keptGroup(t, 2)
	g.set(0, "a", 1000)
	all := g.equal()
	for _, c := range []struct {
		what          string
		end           func()
		node          int // of which the syncs are counted
		full, partial int
	}{
		{"a secondary stops", func() { g.terminate(1); g.set(0, "b", 500) }, 1, 0, 1},
		{"a secondary is killed", func() { g.kill(1); g.set(0, "c", 500) }, 1, 1, 0},
		{"the primary stops", func() { g.terminate(0) }, 0, 0, 2},
		{"all stop", func() { g.terminate(0, 1, 2) }, 0, 0, 2},
		{"all stop, the primary last", func() { g.terminate(2, 1, 0) }, 0, 0, 2},
	} {
		c.end()
		g.recoverAll()
		now := g.equal()
		for k, v := range all {
			if now[k] != v {
				t.Errorf("%s: %s is %.40q, was %.40q", c.what, k, now[k], v)
			}
		}
		if all = now; len(all) < 1000 {
			t.Fatalf("%s: %d entries", c.what, len(all))
		}
		testkit.EventuallyNil(t, c.what, func() error {
			if full, partial := g.syncs(c.node); full != c.full || partial != c.partial {
				return fmt.Errorf("%d full and %d partial syncs, want %d and %d", full, partial, c.full, c.partial)
			}
			return nil
		})
	}
}

// noted is several times as long as it takes until a node has noted which history it holds.
const noted = time.Second

// TestKeptGroupKilled kills members of a group at once, with and without the primary: what most of them had is served.
func TestKeptGroupKilled(t *testing.T) {
	t.Parallel()
	g := keptGroup(t, 2)
	g.set(0, "a", 1000)
	g.equal()
	g.kill(0)
	g.recoverAll() // it asks the secondaries, which have everything
	if all := g.equal(); len(all) != 1000 {
		t.Errorf("the primary was killed: %d entries", len(all))
	}
	g.set(0, "b", 1000)
	before := g.equal()
	time.Sleep(noted)
	g.kill(0)
	g.kill(1)
	g.kill(2)
	g.recoverAll()
	after := g.equal()
	maps.DeleteFunc(after, func(k, v string) bool { return before[k] == v })
	if len(after) > 0 {
		t.Errorf("all were killed: %v", after)
	}
	if lost := len(before) - len(g.equal()); lost > len(before)/20 {
		t.Errorf("all were killed: %d of %d entries are lost", lost, len(before))
	}
	// The secondaries hold older data than the primary.
	g.set(0, "c", 100)
	g.equal()
	time.Sleep(noted)
	g.nodes[1].signal(syscall.SIGSTOP)
	g.nodes[2].signal(syscall.SIGSTOP)
	c := peerOf(t, g.addresses[0])
	for i := range 1000 {
		c.must(t, "SET", fmt.Sprint("b", i), "newer")
	}
	time.Sleep(noted)
	g.kill(1)
	g.kill(0)
	g.kill(2)
	g.recoverAll()
	for k, v := range g.equal() {
		if strings.HasPrefix(k, "b") && !strings.HasPrefix(v, "newer") {
			t.Fatalf("older data are served: %s is %q", k, v)
		}
	}
}

// TestKeptOldPrimary: a primary that comes back with its memory does not serve it, but follows the node that was promoted
// meanwhile; and the group knows who leads after all of its members were down.
func TestKeptOldPrimary(t *testing.T) {
	t.Parallel()
	g := keptGroup(t, 2)
	for round, end := range []func(){func() { g.terminate(0) }, func() { g.kill(1) }} {
		old, next := round, round+1
		g.set(old, "key", 500)
		g.equal()
		time.Sleep(noted)
		end()
		testkit.Eventually(t, "PROMOTE FORCE", func() bool { return replies(t, g.addresses[next], "PROMOTE", "FORCE") == "OK" })
		c := peerOf(t, g.addresses[next])
		for i := range 500 {
			c.must(t, "SET", fmt.Sprint("key", i), fmt.Sprint("newer", round))
		}
		g.recoverAll()
		if strings.Contains(g.nodes[old].stdout.String(), `"role": "primary"`) {
			t.Errorf("round %d: the old primary served as the primary", round)
		}
		for k, v := range g.equal() {
			if !strings.HasPrefix(v, fmt.Sprint("newer", round)) {
				t.Fatalf("round %d: %s is %q", round, k, v)
			}
		}
		g.terminate(0, 1, 2)
		g.recoverAll()
		if got := peerOf(t, g.addresses[next]).must(t, "SET", "key0", fmt.Sprint("newer", round)); got != "OK" {
			t.Errorf("round %d, after all were down: %v", round, got)
		}
		for k, v := range g.equal() {
			if !strings.HasPrefix(v, fmt.Sprint("newer", round)) {
				t.Fatalf("round %d, after all were down: %s is %q", round, k, v)
			}
		}
	}
}
