package client

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/machine"
)

func TestHedgedReads(t *testing.T) {
	nodes := group3(t)[:2]
	c := newClient(t, nodes, WithHedgedReads())
	ready(t, c)
	var slow atomic.Bool
	n := 0
	nodes[0].setPlan(func(_ int, args []string) act {
		if args[0] != "GET" || !slow.Load() {
			return act{}
		}
		if n++; n%20 == 0 { // of all reads one in forty
			return act{delay: 40 * time.Millisecond}
		}
		return act{}
	})
	m := machine.Start(t)
	for range 2000 { // until the latencies are known
		if _, err := c.Get(context.Background(), "k"); err != nil {
			t.Fatal(err)
		}
	}
	for _, n := range c.topology.Load().nodes {
		n.latency.decay()
		if p := time.Duration(n.latency.p95.Load()); p == 0 || p > m.Allow(100*time.Millisecond) {
			t.Fatalf("p95 is %v, %+v", p, n.status())
		}
	}
	slow.Store(true)
	late := 0
	buf := make([]byte, 0, 16)
	for range 400 {
		start := time.Now()
		v, err := c.GetTo(context.Background(), "k", append(buf, "="...))
		if err != nil || string(v) != "=v" {
			t.Fatalf("GetTo = %q, %v", v, err)
		}
		if time.Since(start) > 30*time.Millisecond {
			late++
		}
		// Requests queued behind a late answer are late too: leave them time, or more
		// reads are late than the budget may hedge.
		time.Sleep(5 * time.Millisecond)
	}
	if late > 4 && m.Stall() < 10*time.Millisecond { // of ten, and those behind them
		t.Errorf("%d of 400 reads waited for the slow answer", late)
	}
	reads, hedges := c.hedges.reads.Load(), c.hedges.hedges.Load()
	if hedges < 5 && m.Stall() < 10*time.Millisecond || hedges*hedgeShare > reads {
		t.Errorf("%d of %d reads were hedged", hedges, reads)
	}
}

func TestHedgedReadsFailOver(t *testing.T) {
	t.Parallel()
	nodes := group3(t)
	c := newClient(t, nodes, WithHedgedReads())
	ready(t, c)
	for range 300 {
		if _, err := c.Get(context.Background(), "k"); err != nil {
			t.Fatal(err)
		}
	}
	for _, n := range c.topology.Load().nodes {
		n.latency.decay()
	}
	stop := readersOf(t, c, 8)
	nodes[1].stop()
	time.Sleep(50 * time.Millisecond)
	nodes[2].setPlan(func(int, []string) act { return act{stall: true} })
	time.Sleep(500 * time.Millisecond)
	stop()
}

func TestLatencyBuckets(t *testing.T) {
	for ns := int64(1); ns < 1<<40; ns += ns/3 + 1 {
		b := bucketOf(ns)
		if end := bucketEnd(b); ns >= end || b > 0 && ns < bucketEnd(b-1) {
			t.Fatalf("%d ns is in bucket %d, which ends at %d", ns, b, end)
		}
	}
	var l latency
	for i := range 1000 {
		l.add(time.Duration(i+1) * time.Microsecond)
	}
	l.decay()
	if p := l.p95.Load(); p < 950_000 || p > 1_200_000 {
		t.Errorf("p95 is %d ns", p)
	}
	if p := l.p50.Load(); p < 500_000 || p > 640_000 {
		t.Errorf("p50 is %d ns", p)
	}
}
