package session

import (
	"strings"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/lru"
)

func TestSampledBuckets(t *testing.T) {
	for _, c := range []struct {
		took time.Duration
		want int
	}{{0, 0}, {1, 0}, {256, 0}, {257, 1}, {512, 1}, {513, 2}, {time.Millisecond, 12}, {time.Hour, latencyBuckets - 1}} {
		var h sampled
		h.add(c.took)
		var sum Latencies
		h.addTo(&sum)
		for i, n := range sum.Buckets {
			if (n == 1) != (i == c.want) {
				t.Errorf("%v: bucket %d has %d", c.took, i, n)
			}
		}
		if c.want < latencyBuckets-1 && (c.took > LatencyBound(c.want) || c.want > 0 && c.took <= LatencyBound(c.want-1)) {
			t.Errorf("%v does not fit the bounds of bucket %d", c.took, c.want)
		}
		if sum.Count() != 1 || sum.Sum != c.took {
			t.Errorf("%v: %d samples, sum %v", c.took, sum.Count(), sum.Sum)
		}
	}
}

// TestSnapshot compares the counters of known requests, and the samples in LATENCY HISTOGRAM.
func TestSnapshot(t *testing.T) {
	f := newFixture(t, lru.Options{})
	const gets = 10 * sampleEvery
	f.do(resp("SET", "k", "v"))
	for range gets {
		f.do(resp("GET", "k"))
	}
	f.do(resp("GET"))
	s := f.n.Snapshot()
	var get CommandStats
	for _, c := range s.Commands {
		if c.Name == "get" {
			get = c
		}
	}
	if get.Calls != gets || get.Rejected != 1 || get.Latency.Count() != 10 || get.Latency.Sum <= 0 {
		t.Errorf("GET is counted as %+v", get)
	}
	if s.Store.Hits != gets || s.Store.Entries != 1 || s.Sessions != 1 || s.Requests != gets+1 || s.BytesIn == 0 || s.BytesOut == 0 {
		t.Errorf("snapshot %+v", s)
	}
	got := f.do(resp("LATENCY", "HISTOGRAM", "get"))
	if !strings.HasPrefix(got, "*2\r\n$3\r\nget\r\n*4\r\n$5\r\ncalls\r\n:10\r\n$14\r\nhistogram_usec\r\n*") || !strings.HasSuffix(got, ":10\r\n") {
		t.Errorf("LATENCY HISTOGRAM get: %q", got)
	}
	if c := f.n.Clients(10); len(c) != 1 || c[0].LastCommand != "latency" || c[0].Remote != "127.0.0.1:1" {
		t.Errorf("clients %+v", c)
	}
}

// TestIdle checks the idle time of a client before and after a request.
func TestIdle(t *testing.T) {
	f := newFixture(t, lru.Options{})
	f.now += 5000
	if c := f.n.Clients(1); c[0].Idle != 5*time.Second {
		t.Errorf("idle for %v", c[0].Idle)
	}
	f.do(resp("PING"))
	f.now += 2000
	if c := f.n.Clients(1); c[0].Idle != 2*time.Second {
		t.Errorf("idle for %v after a request", c[0].Idle)
	}
	if got := f.do(resp("CLIENT", "INFO")); !strings.Contains(got, " idle=0 ") {
		t.Errorf("CLIENT INFO: %s", got)
	}
}
