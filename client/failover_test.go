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
