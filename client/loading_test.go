package client

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/testkit"
)

// recovers makes a node reply LOADING to requests with keys until the returned function is called.
func (g *fakeGroup) recovers(at int) (done func()) {
	var ready atomic.Bool
	f := g.nodes[at]
	f.mu.Lock()
	defer f.mu.Unlock()
	plan := f.plan
	f.plan = func(conn int, args []string) act {
		switch args[0] {
		case "HELLO", "TOPOLOGY", "PING":
		default:
			if !ready.Load() {
				return act{deny: "-LOADING not yet\r\n"}
			}
		}
		return plan(conn, args)
	}
	return func() { ready.Store(true) }
}

// TestReadsAvoidARecoveringMember: a recovering member gets few reads, none of which fails, and serves again soon after
// it has recovered.
func TestReadsAvoidARecoveringMember(t *testing.T) {
	g := newFakeGroup(t, 0)
	for _, f := range g.nodes {
		f.put("k", "v")
	}
	c := g.client(t, g.nodes[0].addr)
	done := g.recovers(1)
	reads := func() {
		t.Helper()
		if v, err := c.Get(t.Context(), "k"); err != nil || string(v) != "v" {
			t.Fatalf("%q, %v", v, err)
		}
		if vs, err := c.GetMany(t.Context(), []string{"k", "k"}); err != nil || len(vs) == 0 {
			t.Fatalf("%q, %v", vs, err)
		}
	}
	began := time.Now()
	for range 500 {
		reads()
	}
	if n, most := g.nodes[1].count("GET"), 10+4*int(time.Since(began)/loadingPause); n > most {
		t.Errorf("it was asked %d times in %v, want at most %d", n, time.Since(began), most)
	}
	done()
	before := g.nodes[1].count("GET")
	testkit.Eventually(t, "it serves again", func() bool { reads(); return g.nodes[1].count("GET") > before+10 })
}

// TestHedgedReadOfARecoveringMember: LOADING is no answer while the other member may have one.
func TestHedgedReadOfARecoveringMember(t *testing.T) {
	nodes := group3(t)[:2]
	c := newClient(t, nodes, WithHedgedReads(), WithConnsPerNode(1))
	ready(t, c)
	all := c.topology.Load().nodes
	nodes[0].setPlan(func(_ int, args []string) act { return act{delay: 100 * time.Millisecond} })
	nodes[1].setPlan(func(_ int, args []string) act { return act{deny: "-LOADING not yet\r\n"} })
	for _, n := range all {
		n.latency.p95.Store(int64(time.Millisecond))
	}
	for range 10 {
		c.hedges.reads.Store(1000)
		all[1].health.loading.Store(0)
		if v, err := c.Get(testkit.Within(t, 20*time.Second), "k"); err != nil || string(v) != "v" {
			t.Errorf("%q, %v", v, err)
		}
	}
}

// TestWriteWaitsForARecoveringPrimary: a write waits until the primary has recovered, and another recovering member that
// refuses it is not taken for the primary.
func TestWriteWaitsForARecoveringPrimary(t *testing.T) {
	for name, leads := range map[string]int{"the primary recovers": 0, "nobody leads, and another member recovers": -1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newFakeGroup(t, 0)
			c := g.client(t, g.nodes[0].addr)
			done := g.recovers(0)
			if leads < 0 {
				done()
				g.lead(0, 1, -1)
				done = g.recovers(1)
			}
			short, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
			defer cancel()
			if err := c.Set(short, "early", []byte("v")); err == nil {
				t.Error("a write succeeded without a primary")
			}
			if s := c.Nodes(); !s[0].Primary {
				t.Error("a recovering member was taken for the primary")
			}
			time.AfterFunc(200*time.Millisecond, func() { done(); g.lead(0, 2, 0) })
			if n, err := c.Incr(testkit.Within(t, 20*time.Second), "n", 1); err != nil || n != 1 {
				t.Errorf("Incr: %d, %v", n, err)
			}
			if err := c.SetMany(testkit.Within(t, 20*time.Second), []Item{{Key: "a"}, {Key: "b"}}); err != nil {
				t.Error(err)
			}
		})
	}
}
