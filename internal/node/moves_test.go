package node

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/client"
	"github.com/cachegopher/cachegopher/internal/config"
	"github.com/cachegopher/cachegopher/internal/coordination"
	"github.com/cachegopher/cachegopher/internal/etcdtest"
	"github.com/cachegopher/cachegopher/internal/nodeprocess"
	"github.com/cachegopher/cachegopher/internal/testkit"
	"github.com/cachegopher/cachegopher/internal/topology"
	"github.com/cachegopher/cachegopher/lru"
	"github.com/cachegopher/cachegopher/ring"
)

// twoGroups are the groups a1 and b1, of two nodes each, and an etcd.
type twoGroups struct {
	t         *testing.T
	addresses []string
	nodes     map[string]*Node
}

func startTwoGroups(t *testing.T) *twoGroups {
	t.Helper()
	g := &twoGroups{t: t, nodes: map[string]*Node{}}
	etcd := etcdtest.Start(t)
	var err error
	if g.addresses, err = nodeprocess.FreeAddresses(4); err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf(`{"common": {"max_memory": "64MB", "event_loops": 1}, "coordination": {"etcd": [%q], "failover_after": "10s"}, "servers": [
		{"id": "a1", "address": %q, "role": "primary", "secondaries": ["a2"]}, {"id": "a2", "address": %q, "role": "secondary", "primary": "a1"},
		{"id": "b1", "address": %q, "role": "primary", "secondaries": ["b2"]}, {"id": "b2", "address": %q, "role": "secondary", "primary": "b1"}]}`,
		etcd.Endpoint, g.addresses[0], g.addresses[1], g.addresses[2], g.addresses[3])
	path := filepath.Join(t.TempDir(), config.FileName)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"a1", "b1", "a2", "b2"} {
		g.start(path, id)
	}
	for id, n := range g.nodes {
		select {
		case <-n.Ready():
		case <-time.After(time.Minute):
			t.Fatalf("%s is not ready", id)
		}
	}
	return g
}

// start starts a node, which stops at the end of the test.
func (g *twoGroups) start(path, id string) {
	g.t.Helper()
	file, err := config.Load(path)
	if err != nil {
		g.t.Fatal(err)
	}
	s := Setup{File: file}
	if s.Node, err = file.Node(id); err != nil {
		g.t.Fatal(err)
	}
	n, err := New(Options{Setup: s, Version: "test", Log: logTo(g.t, &console{})})
	if err != nil {
		g.t.Fatal(err)
	}
	g.nodes[id] = n
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- n.Run(ctx) }()
	g.t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			g.t.Errorf("%s: %v", id, err)
		}
	})
}

// etcd returns what a node knows of etcd.
func (g *twoGroups) etcd(id string) *coordination.Coordinator {
	return g.nodes[id].repl.coordinated.by.Load()
}

// stored waits until there is an assignment of slots.
func (g *twoGroups) stored() (a coordination.Assignment) {
	g.t.Helper()
	testkit.Eventually(g.t, "assignment of slots", func() bool {
		a = g.etcd("a1").Assignment()
		return a.Slots != nil
	})
	return a
}

// writer writes its own keys in turn, and reads each before: nobody else changes them.
type writer struct {
	mine   []string
	last   map[string]string
	writes int
	err    error
}

func (w *writer) run(ctx context.Context, c *client.Client, over *atomic.Bool) {
	for i := 0; !over.Load(); i++ {
		key := w.mine[i%len(w.mine)]
		if got, err := c.Get(ctx, key); err != nil || string(got) != w.last[key] {
			w.err = fmt.Errorf("after %d writes %s is %q, want %q: %w", w.writes, key, got, w.last[key], err)
			return
		}
		value := fmt.Sprintf("%d of %s", i, key)
		if err := c.Set(ctx, key, []byte(value)); err != nil {
			w.err = fmt.Errorf("after %d writes: %w", w.writes, err)
			return
		}
		w.last[key] = value
		w.writes++
	}
}

// newWriters returns writers whose keys are stored.
func newWriters(ctx context.Context, t *testing.T, c *client.Client) (all []*writer) {
	t.Helper()
	for n := range 4 {
		w := &writer{last: map[string]string{}}
		for i := range 500 {
			key := fmt.Sprintf("key:%d:%d", n, i)
			w.mine = append(w.mine, key)
			if w.last[key] = "first"; c.Set(ctx, key, []byte("first")) != nil {
				t.Fatal("a write has failed before the move")
			}
		}
		all = append(all, w)
	}
	return all
}

// TestSlotsMove moves slots of one group to the other and back while clients write and read. No request may fail, and none may
// get another answer than it would have got without the move.
func TestSlotsMove(t *testing.T) {
	g := startTwoGroups(t)
	ctx := testkit.Within(t, 3*time.Minute)
	c, err := client.New(client.WithSeeds(g.addresses...), client.WithReadTimeout(20*time.Second)) // the machine may be busy
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close() //nolint:errcheck // the test is over
	writers := newWriters(ctx, t, c)
	var over atomic.Bool
	var running sync.WaitGroup
	for _, w := range writers {
		running.Go(func() { w.run(ctx, c, &over) })
	}
	moved := g.stored().Slots.Owners[0] // a1's
	for _, to := range []string{"b1", "a1"} {
		from := map[string]string{"a1": "b1", "b1": "a1"}[to]
		g.move(ctx, topology.Move{From: from, To: to, Ranges: moved.Ranges})
		set := moved.Ranges.Set()
		for _, id := range []string{from, from[:1] + "2"} {
			testkit.Eventually(t, "no entries of the slots at "+id, func() bool { return g.count(id, &set) == 0 })
		}
	}
	over.Store(true)
	running.Wait()
	for _, w := range writers {
		if w.err != nil {
			t.Error(w.err)
		}
		for key, want := range w.last {
			if got, err := c.Get(ctx, key); err != nil || string(got) != want {
				t.Fatalf("%s is %q, %v; want %q", key, got, err, want)
			}
		}
		t.Logf("%d writes", w.writes)
	}
}

// move has etcd record that slots are to move, and waits until that is done and their entries are removed.
func (g *twoGroups) move(ctx context.Context, m topology.Move) {
	g.t.Helper()
	by := g.etcd(m.From)
	if err := by.Start(ctx, g.stored().Slots.Version, []topology.Move{m}); err != nil {
		g.t.Fatal(err)
	}
	testkit.Eventually(g.t, "end of the move to "+m.To, func() bool {
		a := by.Assignment()
		return len(a.Moves)+len(a.Removing) == 0 && a.Slots.ByName()[m.Ranges[0].First] == m.To
	})
	g.t.Logf("%+v", g.nodes[m.From].repl.mover.Status())
}

// count returns the number of entries of the slots at a node.
func (g *twoGroups) count(id string, slots *ring.SlotSet) (n int) {
	s := g.nodes[id].store.Shards()
	for cursor, more := uint64(0), true; more; more = cursor != 0 {
		cursor = s.Scan(cursor, 1000, s.Now(), func(_ lru.Reader, _ lru.Entry, key []byte) {
			if slots.HasKey(key) {
				n++
			}
		})
	}
	return n
}
