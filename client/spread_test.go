package client

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/testkit"
)

// The second connection to a node is used when the first is busy, which it is earlier with large values.
func TestSpread(t *testing.T) {
	f := newFake(t)
	f.put("small", "v")
	f.put("large", strings.Repeat("v", largeBytes))
	c := newClient(t, []*fakeNode{f}, WithConnsPerNode(2))
	ctx := testkit.Within(t, 30*time.Second)
	n := c.topology.Load().nodes[0]
	testkit.Eventually(t, "both connections are open", func() bool { return n.live.Load() == 2 })
	first, second := n.slots[0].Load(), n.slots[1].Load()
	get := func(key string) func() error { return func() error { _, err := c.Get(ctx, key); return err } }
	set := func(size int) func() error {
		return func() error { return c.Set(ctx, "k", []byte(strings.Repeat("v", size))) }
	}
	for i, x := range []struct {
		does  func() error
		large bool
	}{{get("small"), false}, {get("large"), true}, {set(1), false}, {set(largeBytes), true}, {get("small"), false}} {
		if err := x.does(); err != nil {
			t.Fatal(err)
		}
		if first.large.Load() != x.large {
			t.Errorf("step %d: large: %v", i, !x.large)
		}
	}
	for _, x := range []struct {
		first, second int32 // in flight
		large         bool
		want          *conn
	}{
		{spreadAbove - 1, 0, false, first}, {spreadAbove, 0, false, second}, {spreadAbove, spreadAbove + 1, false, first},
		{spreadLargeAbove - 1, 0, true, first}, {spreadLargeAbove, 0, true, second},
	} {
		first.load.Store(x.first)
		second.load.Store(x.second)
		first.large.Store(x.large)
		if got, err := n.conn(context.Background()); got != x.want || err != nil {
			t.Errorf("%d and %d in flight, large %v: not the wanted connection; %v", x.first, x.second, x.large, err)
		}
	}
	first.load.Store(0)
	second.load.Store(0)
}

// With many callers each call stays with one of two connections, unless that is busy.
func TestApart(t *testing.T) {
	f := newFake(t)
	f.put("k", "v")
	c := newClient(t, []*fakeNode{f}, WithConnsPerNode(2))
	ctx := testkit.Within(t, 30*time.Second)
	n := c.topology.Load().nodes[0]
	testkit.Eventually(t, "both connections are open", func() bool { return n.live.Load() == 2 })
	first, second := n.slots[0].Load(), n.slots[1].Load()
	if _, err := c.Get(ctx, "k"); err != nil {
		t.Fatal(err)
	}
	if got := first.active.Load(); got != 1 {
		t.Errorf("%d callers are active, not 1", got)
	}
	for _, x := range []struct {
		active, load  int32 // of the second connection
		first, second *conn // wanted for calls of either kind
	}{
		{apartFrom - 2, 0, first, first}, {apartFrom - 1, 0, first, second}, {apartFrom, spreadAbove, first, first},
	} {
		first.active.Store(1)
		second.active.Store(x.active)
		second.load.Store(x.load)
		for on, want := range map[bool]*conn{false: x.first, true: x.second} {
			if got, err := n.connOf(ctx, &call{second: on}); got != want || err != nil {
				t.Errorf("%d callers, %d in flight, second %v: not the wanted connection; %v", x.active+1, x.load, on, err)
			}
		}
	}
	second.load.Store(0)
}
