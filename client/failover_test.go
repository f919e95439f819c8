package client

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/machine"
	"github.com/cachegopher/cachegopher/internal/testkit"
)

// readersOf starts goroutines that read until stop is called, which returns the number of
// reads. Every failed read fails the test.
func readersOf(t *testing.T, c *Client, goroutines int) (stop func() int) {
	var (
		wg   sync.WaitGroup
		done atomic.Bool
		n    atomic.Int64
	)
	m := machine.Start(t)
	for range goroutines {
		wg.Go(func() {
			for !done.Load() {
				ctx, cancel := context.WithTimeout(context.Background(), time.Second)
				start := time.Now()
				v, err := c.Get(ctx, "k")
				cancel()
				if stall := m.Stall(); err != nil && stall > 100*time.Millisecond {
					t.Logf("not held against the client, the machine stood still for %v: %v", stall, err)
				} else if err != nil || string(v) != "v" {
					t.Errorf("read failed after %v: %q, %v", time.Since(start), v, err)
				}
				n.Add(1)
				time.Sleep(time.Millisecond)
			}
		})
	}
	return func() int {
		done.Store(true)
		wg.Wait()
		return int(n.Load())
	}
}

func group3(t *testing.T) []*fakeNode {
	nodes := []*fakeNode{newFake(t), newFake(t), newFake(t)}
	for i, f := range nodes {
		f.put("k", "v")
		if i > 0 {
			f.role = "replica"
		}
	}
	return nodes
}

// No read fails while one member of the group lives, although others are killed and restarted.
func TestReadsSurviveKilledMembers(t *testing.T) {
	t.Parallel()
	nodes := group3(t)
	c := newClient(t, nodes)
	stop := readersOf(t, c, 16)
	for i := range 4 {
		a, b := nodes[i%3], nodes[(i+1)%3]
		a.stop()
		time.Sleep(60 * time.Millisecond)
		b.stop()
		time.Sleep(100 * time.Millisecond)
		a.restart()
		testkit.Eventually(t, "the node is connected again", func() bool { return c.Nodes()[i%3].Conns > 0 })
		b.restart()
		testkit.Eventually(t, "the node is connected again", func() bool { return c.Nodes()[(i+1)%3].Conns > 0 })
	}
	if n := stop(); n < 100 {
		t.Errorf("only %d reads", n)
	}
}

// A stopped process (SIGSTOP) accepts connections and requests, and never answers.
func TestReadsSurviveStalledMembers(t *testing.T) {
	t.Parallel()
	nodes := group3(t)
	c := newClient(t, nodes)
	stop := readersOf(t, c, 16)
	time.Sleep(50 * time.Millisecond)
	for _, f := range nodes[1:] {
		f.setPlan(func(int, []string) act { return act{stall: true} })
	}
	time.Sleep(1500 * time.Millisecond)
	testkit.Eventually(t, "the stalled nodes are set aside", func() bool {
		s := c.Nodes()
		return s[1].State != StateUp && s[2].State != StateUp
	})
	before := nodes[1].count("GET")
	time.Sleep(300 * time.Millisecond)
	if n := nodes[1].count("GET") - before; n > 2 {
		t.Errorf("a node that is set aside was asked %d times", n)
	}
	stop()
}

func TestReadsGoRoundRobin(t *testing.T) {
	nodes := group3(t)
	c := newClient(t, nodes)
	ready(t, c)
	for range 300 {
		if _, err := c.Get(context.Background(), "k"); err != nil {
			t.Fatal(err)
		}
	}
	for i, f := range nodes {
		if n := f.count("GET"); n < 90 || n > 110 {
			t.Errorf("node %d was asked %d times of 300", i, n)
		}
	}
}

// ready waits until every node is connected.
func ready(t testing.TB, c *Client) {
	t.Helper()
	testkit.Eventually(t, "all nodes are connected", func() bool {
		for _, s := range c.Nodes() {
			if s.Conns < c.opts.conns {
				return false
			}
		}
		return true
	})
}

func TestReadPolicies(t *testing.T) {
	nodes := group3(t)
	slow := func(d time.Duration) func(int, []string) act {
		return func(_ int, args []string) act {
			if args[0] != "GET" {
				return act{}
			}
			return act{delay: d}
		}
	}
	cfg := Config{Groups: []Group{{ID: "g"}}}
	for i, f := range nodes {
		cfg.Groups[0].Members = append(cfg.Groups[0].Members, Member{ID: fmt.Sprint("n", i), Address: f.addr, Zone: fmt.Sprint("z", i%2)})
	}
	asked := func(c *Client, n int) [3]int {
		var before, after [3]int
		for i, f := range nodes {
			before[i] = f.count("GET")
		}
		for range n {
			if _, err := c.Get(context.Background(), "k"); err != nil {
				t.Fatal(err)
			}
		}
		for i, f := range nodes {
			after[i] = f.count("GET") - before[i]
		}
		return after
	}
	primary := newClientOf(t, cfg, WithReads(ReadPrimary))
	ready(t, primary)
	if n := asked(primary, 50); n != [3]int{50, 0, 0} {
		t.Errorf("ReadPrimary asked %v", n)
	}
	near := newClientOf(t, cfg, WithReads(ReadNearest), WithZone("z0"))
	ready(t, near)
	if n := asked(near, 50); n != [3]int{25, 0, 25} {
		t.Errorf("ReadNearest asked %v", n)
	}
	fast := newClientOf(t, cfg, WithReads(ReadFastest))
	ready(t, fast)
	for i, f := range nodes {
		f.setPlan(slow(time.Duration(10*((i+2)%3)) * time.Millisecond)) // node 1 is the fastest
	}
	asked(fast, 100)
	if n := asked(fast, 100); n[1] < 80 {
		t.Errorf("ReadFastest asked %v", n)
	}
	nodes[0].stop()
	if _, err := primary.Get(testkit.Within(t, 10*time.Second), "k"); err != nil {
		t.Errorf("ReadPrimary without its primary: %v", err)
	}
}

// A node that fails n times in a row is set aside, and then probed by one request before
// it gets others.
func TestSetAsideAndProbed(t *testing.T) {
	nodes := group3(t)[:2]
	c := newClient(t, nodes, WithUnhealthy(3, 300*time.Millisecond), WithReadTimeout(5*time.Second))
	ready(t, c)
	var broken atomic.Bool
	broken.Store(true)
	nodes[1].setPlan(func(_ int, args []string) act {
		return act{close: broken.Load() && args[0] != "HELLO"}
	})
	read := func() bool {
		t.Helper()
		if _, err := c.Get(testkit.Within(t, 5*time.Second), "k"); err != nil {
			t.Fatal(err)
		}
		return true
	}
	aside := func() bool { return read() && c.Nodes()[1].State == StateAside }
	testkit.Eventually(t, "the node is set aside", aside)
	// Its greeting ends the time aside, but only once per interval; for the rest of it
	// nobody asks the node.
	h := &c.topology.Load().nodes[1].health
	excused := func() time.Time {
		h.mu.Lock()
		defer h.mu.Unlock()
		return h.excused
	}
	testkit.Eventually(t, "the node is left alone", func() bool {
		testkit.Eventually(t, "the node is set aside again", aside)
		when, gets := excused(), nodes[1].count("GET")
		for range 100 {
			read()
		}
		if excused() != when || c.Nodes()[1].State != StateAside {
			return false // it came back in between: try again
		}
		if n := nodes[1].count("GET") - gets; n > 0 {
			t.Errorf("asked %d times while aside", n)
		}
		return true
	})
	broken.Store(false)
	pings := nodes[1].count("PING")
	testkit.Eventually(t, "the node is back", func() bool { return c.Nodes()[1].State == StateUp })
	if n := nodes[1].count("PING") - pings; n > 1 {
		t.Errorf("probed by %d requests, want 1", n)
	}
}

func TestWriteFindsTheNewPrimary(t *testing.T) {
	nodes := group3(t)
	c := newClient(t, nodes)
	ready(t, c)
	ctx := testkit.Within(t, 5*time.Second)
	nodes[0].mu.Lock()
	nodes[0].role = "replica"
	nodes[0].mu.Unlock()
	nodes[2].mu.Lock()
	nodes[2].role = "master"
	nodes[2].mu.Unlock()
	for i := range 3 {
		if err := c.Set(ctx, fmt.Sprint("w", i), []byte("x")); err != nil {
			t.Fatal(err)
		}
	}
	if _, ok := nodes[2].get("w2"); !ok {
		t.Error("the write is not on the new primary")
	}
	if n := nodes[0].count("SET"); n != 1 {
		t.Errorf("the old primary was asked %d times: the client is stuck on it", n)
	}
	if s := c.Nodes(); s[0].Primary || !s[2].Primary {
		t.Errorf("primaries: %v %v %v", s[0].Primary, s[1].Primary, s[2].Primary)
	}
	// Batches find it too.
	nodes[2].mu.Lock()
	nodes[2].role = "replica"
	nodes[2].mu.Unlock()
	nodes[1].mu.Lock()
	nodes[1].role = "master"
	nodes[1].mu.Unlock()
	if err := c.SetMany(ctx, []Item{{Key: "b1"}, {Key: "b2"}, {Key: "b3"}}); err != nil {
		t.Fatal(err)
	}
	for _, k := range []string{"b1", "b2", "b3"} {
		if _, ok := nodes[1].get(k); !ok {
			t.Errorf("%s is not on the new primary", k)
		}
	}
	nodes[1].mu.Lock()
	nodes[1].role = "replica"
	nodes[1].mu.Unlock()
	wantErr(t, c.Set(ctx, "none", nil), "READONLY", ErrReadOnly, ErrNotSent)
	err := c.SetMany(ctx, []Item{{Key: "none"}})
	if !errors.Is(err, ErrReadOnly) {
		t.Errorf("SetMany: %v", err)
	}
}

// When every member of a group refuses writes, the config is read again, once, and the write
// goes to the primary that it names then.
func TestReadOnlyRereadsTheConfig(t *testing.T) {
	old, next := newFake(t), newFake(t)
	old.role = "replica"
	cfgs := []Config{{Groups: []Group{{ID: "g", Members: []Member{{ID: "old", Address: old.addr}}}}},
		{Groups: []Group{{ID: "g", Members: []Member{{ID: "next", Address: next.addr}}}}}}
	var reads, now atomic.Int32
	c := newClientOf(t, cfgs[0])
	c.opts.source = func() (Config, error) { reads.Add(1); return cfgs[now.Load()], nil }
	ctx := testkit.Within(t, 5*time.Second)
	for range 3 { // the config is unchanged, and not read each time
		wantErr(t, c.Set(ctx, "k", []byte("v")), "READONLY", ErrReadOnly, ErrNotSent)
	}
	if n := reads.Load(); n != 1 {
		t.Errorf("the config was read %d times", n)
	}
	for name, op := range map[string]func() error{
		"Set":      func() error { return c.Set(ctx, "k", []byte("v")) },
		"SetMany":  func() error { return c.SetMany(ctx, []Item{{Key: "a"}, {Key: "b"}}) },
		"FlushAll": func() error { return c.FlushAll(ctx) },
	} {
		now.Store(0)
		if err := c.Reload(); err != nil {
			t.Fatal(err)
		}
		now.Store(1)
		c.reloading.Lock()
		c.rereadAt = time.Time{}
		c.reloading.Unlock()
		if err := op(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := old.count("SET"); n > 7 {
		t.Errorf("the old primary was asked %d times", n)
	}
}

// A write whose outcome is unknown is not repeated unless the caller allows it.
func TestWritesAreNotRepeated(t *testing.T) {
	f := newFake(t)
	c := newClient(t, []*fakeNode{f}, WithConnsPerNode(1))
	ready(t, c)
	var drops atomic.Int32
	f.setPlan(func(_ int, args []string) act {
		if args[0] == "INCRBY" || args[0] == "SET" {
			return act{close: drops.Add(-1) >= 0, after: true}
		}
		return act{}
	})
	drops.Store(1)
	_, err := c.Incr(testkit.Within(t, 10*time.Second), "n", 1)
	wantErr(t, err, "outcome unknown", ErrUnknown)
	if v, _ := f.get("n"); v != "1" {
		t.Errorf("n is %q", v)
	}
	drops.Store(1)
	if err := c.Set(testkit.Within(t, 10*time.Second), "k", []byte("v"), Idempotent()); err != nil {
		t.Errorf("an idempotent Set: %v", err)
	}
	drops.Store(1)
	if err := c.SetMany(testkit.Within(t, 10*time.Second), []Item{{Key: "k"}}, Idempotent()); err != nil {
		t.Errorf("an idempotent SetMany: %v", err)
	}
	drops.Store(1)
	if err := c.SetMany(testkit.Within(t, 10*time.Second), []Item{{Key: "k"}}); !errors.Is(err, ErrUnknown) {
		t.Errorf("SetMany: %v", err)
	}
}

// The client notices that a node has closed an idle connection before it sends anything, so
// that no write has an unknown outcome.
func TestIdleConnectionClosedByNode(t *testing.T) {
	f := newFake(t)
	c := newClient(t, []*fakeNode{f}, WithConnsPerNode(1), WithReadTimeout(10*time.Second))
	for range 5 {
		for range 40 { // enough for the goroutine to leave reading to the caller
			if _, err := c.Incr(testkit.Within(t, 10*time.Second), "n", 1); err != nil {
				t.Fatal(err)
			}
		}
		f.mu.Lock()
		for nc := range f.conns {
			nc.Close()
		}
		f.mu.Unlock()
		time.Sleep(20 * time.Millisecond)
	}
	if v, _ := f.get("n"); v != "200" {
		t.Errorf("n is %s, want 200", v)
	}
}

func TestScanContinuesOnAnotherMember(t *testing.T) {
	nodes := group3(t)[:2]
	for i := range 20 {
		for _, f := range nodes {
			f.put(fmt.Sprint("s", i), "")
		}
	}
	c := newClient(t, nodes, WithConnsPerNode(1))
	ready(t, c)
	nodes[0].setPlan(func(_ int, args []string) act { return act{close: args[0] == "SCAN" && args[1] != "0"} })
	nodes[1].setPlan(nil)
	seen := map[string]bool{}
	for k, err := range c.Scan(testkit.Within(t, 5*time.Second), ScanOptions{}) {
		if err != nil {
			t.Fatal(err)
		}
		seen[k] = true
	}
	if len(seen) != 21 {
		t.Errorf("%d keys", len(seen))
	}
	nodes[1].setPlan(func(_ int, args []string) act { return act{close: args[0] == "SCAN"} })
	var last error
	for _, last = range c.Scan(testkit.Within(t, 5*time.Second), ScanOptions{}) {
	}
	if last == nil || !strings.Contains(last.Error(), "cache Scan on n") {
		t.Errorf("Scan without any member ended with %v", last)
	}
}
