package client

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/testkit"
)

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
