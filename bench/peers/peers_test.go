package main

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/bench/load"
	"github.com/cachegopher/cachegopher/bench/sut"
	"github.com/cachegopher/cachegopher/bench/workload"
)

// Every target of this module, on real servers, with every request that it supports, every reply checked.
func TestEveryPeer(t *testing.T) {
	ctx := context.Background()
	opts := sut.Options{Keys: 2000, Mean: 500}
	start := func(u string) string {
		s, err := schemes().Open(ctx, u, opts)
		if errors.Is(err, sut.ErrMissing) {
			return ""
		}
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		return s.Wire.Address
	}
	redis, memcached := start("spawn:redis-server"), start("spawn:memcached")
	node := start("spawn:cachegopher")
	const cache, all = "get=80,set=18,delete=2", "get=60,set=20,delete=2,mget=10,incr=3,ttl=5"
	for _, c := range []struct{ url, server, mix string }{
		{"inproc:otter", "-", cache}, {"inproc:ristretto", "-", cache}, {"inproc:freecache", "-", cache}, {"inproc:bigcache", "-", cache},
		{"go-redis://", redis, all}, {"go-redis-pipeline://", redis, all}, {"rueidis://", redis, all}, {"gomemcache://", memcached, all}, {"near://", node, all},
	} {
		t.Run(c.url, func(t *testing.T) {
			u := c.url
			switch c.server {
			case "":
				t.Skip("SKIPPED: its server is not installed (Debian: apt-get install redis-server memcached)")
			case "-":
			default:
				u += c.server
			}
			tg, err := schemes().Open(ctx, u, opts)
			if err != nil {
				t.Fatal(err)
			}
			defer tg.Close()
			spec := workload.Spec{Keys: 2000, Value: "10-1000", Mix: c.mix}
			r, err := load.Measure(ctx, spec, uint64(time.Now().UnixNano()), tg, load.Plan{Conns: 4, Depth: 2, Threads: 1, Count: 2000, Duration: time.Minute})
			if err != nil {
				t.Fatal(err)
			}
			if r.Requests == 0 || r.Hits == 0 {
				t.Errorf("%+v", r)
			}
			t.Logf("%.0f/s, p50 %s, %d stale", r.Throughput(), time.Duration(r.Latency.P50), r.Stale)
		})
	}
}
