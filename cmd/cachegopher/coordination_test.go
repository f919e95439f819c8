package main

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/etcdtest"
	"github.com/cachegopher/cachegopher/internal/machine"
)

// failoverAfter is long enough that a machine may stand still for a second or two without a change of primary.
const failoverAfter = 4 * time.Second

// coordinatedGroup is a group of three processes whose primary etcd chooses.
type coordinatedGroup struct {
	*group
	etcd *etcdtest.Server
}

func startCoordinated(t *testing.T) *coordinatedGroup {
	t.Helper()
	g := newCoordinated(t)
	for i := range g.nodes {
		g.start(i)
	}
	g.primary()
	return g
}

// newCoordinated returns a group of which only etcd runs.
func newCoordinated(t *testing.T) *coordinatedGroup {
	t.Helper()
	g := &coordinatedGroup{etcd: etcdtest.Start(t)}
	g.group = directGroup(t, 2, map[string]any{
		"common": map[string]any{"max_memory": "64MB"}, "coordination": map[string]any{
			"etcd": []string{g.etcd.Endpoint}, "failover_after": failoverAfter.String(),
		},
	})
	return g
}

// primary waits until one node leads and the two others are in step, and returns it.
func (g *coordinatedGroup) primary() int {
	g.t.Helper()
	i, err := g.InStep(g.t.Context())
	if err != nil {
		g.t.Fatal(err)
	}
	return i
}

// writes writes all the time, and gives a write up after 100 ms.
func (g *coordinatedGroup) writes() *writer {
	return (&writer{addresses: g.addresses, every: time.Millisecond, limit: 100 * time.Millisecond}).start()
}

// withoutEtcd kills etcd for longer than a primary's lease, and starts it again. No write of w may fail, or take a second.
func (g *coordinatedGroup) withoutEtcd(w *writer) {
	g.t.Helper()
	m := machine.Start(g.t)
	w.mu.Lock()
	w.limit = patience / 3 // a busy machine may stand still for 100 ms
	w.mu.Unlock()
	w.more(g.t, 1)
	w.mu.Lock()
	before := w.errors
	w.longest = 0
	w.mu.Unlock()
	g.etcd.Kill()
	time.Sleep(2 * failoverAfter)
	g.etcd.Restart()
	time.Sleep(failoverAfter)
	w.more(g.t, 1)
	w.mu.Lock()
	defer w.mu.Unlock()
	if n := w.errors - before; n > 0 || w.longest > m.Allow(time.Second) {
		held(g.t, m, "%d writes have failed while etcd was away, the latest: %v; the longest time without one: %v", n, w.latest, w.longest)
	}
}

// held fails the test, unless the machine was so busy that the nodes are not to blame.
func held(t *testing.T, m *machine.Watch, format string, args ...any) {
	t.Helper()
	if stall := m.Stall(); stall > 100*time.Millisecond {
		t.Logf("not held against the nodes, the machine stood still for %v: %s", stall, fmt.Sprintf(format, args...))
		return
	}
	t.Errorf(format, args...)
}

// TestCoordination kills, stops and ends primaries of a real group under writes, and then etcd.
func TestCoordination(t *testing.T) {
	t.Parallel()
	m := machine.Start(t)
	g := startCoordinated(t)
	if p := g.primary(); p != 0 {
		held(t, m, "n%d leads a new cluster whose config prefers n0", p)
	}
	w := g.writes()
	p := g.primary()
	t.Logf("kill -9: writes again after %v", w.around(g.nodes[p].Kill))
	g.start(p)

	p = g.primary()
	gap := w.around(func() { g.nodes[p].signal(syscall.SIGSTOP) })
	t.Logf("silence: writes again after %v", gap)
	if gap > 5*failoverAfter {
		t.Error("that is too long")
	}
	g.nodes[p].signal(syscall.SIGCONT)
	g.nodes[p].eventually("a secondary", func() bool { return strings.Contains(replies(t, g.addresses[p], "INFO", "replication"), "role:slave") })

	p = g.primary()
	t.Logf("SIGTERM: writes again after %v", w.around(func() { g.nodes[p].signal(syscall.SIGTERM) }))
	g.nodes[p].ended(patience)
	if log := g.nodes[p].stdout.String(); strings.Contains(log, "without having handed over") || !strings.Contains(log, "handing over") {
		t.Errorf("it has not handed over:\n%s", log)
	}
	g.start(p)

	p = g.primary()
	g.withoutEtcd(w)
	if now := g.primary(); now != p {
		held(t, m, "n%d leads since etcd is back; n%d did", now, p)
	}
	acked := w.end()
	t.Logf("%d writes acknowledged", len(acked))
}
