package client

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/testkit"
)

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
