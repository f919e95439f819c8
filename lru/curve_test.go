package lru

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/lru/shadow"
)

// zipfHits asks a cache for keys of a skewed distribution, stores what is missing, and returns the share of hits.
func zipfHits(t *testing.T, c Shards, requests int, seed uint64) float64 {
	r := rand.New(rand.NewPCG(seed, 0))
	z := newZipf(100_000, .9)
	value, before := make([]byte, 500), c.Stats()
	for range requests {
		key := fmt.Appendf(nil, "key:%08d", z.draw(r))
		if _, ok := c.Get(nil, key); !ok {
			if err := c.Set(key, value[:100+int(z.draw(r))%400], 0); err != nil {
				t.Fatal(err)
			}
		}
	}
	st := c.Stats()
	hits, misses := st.Hits-before.Hits, st.Misses-before.Misses
	return float64(hits) / float64(hits+misses)
}

// TestCurve compares what a cache predicts for other budgets with caches that have them.
func TestCurve(t *testing.T) {
	requests := 80_000
	if poisonFreed { // too slow for enough reads to compare
		requests = 10_000
	}
	for _, test := range []struct {
		name   string
		o      Options
		most   int
		points float64
	}{
		{"bytes", Options{MaxMemory: 8 << 20}, 1 << 30, .03},
		{"entries", Options{MaxEntries: 10_000}, 1 << 30, .03},
		{"bytes, S3-FIFO", Options{MaxMemory: 8 << 20, Policy: S3FIFO}, 1 << 30, .03},
		{"few keys in the sample", Options{MaxMemory: 8 << 20}, watchMost, .03}, // how few, the speed of the machine says
	} {
		t.Run(test.name, func(t *testing.T) {
			seed, o := testSeed(t), test.o
			o.Watch = true
			c := newTestCache(t, o)
			c.watch.most = test.most
			measured := zipfHits(t, c, requests, seed)
			points, sampled, _ := c.Curve()
			if test.most > watchMost && (sampled == 0 || len(points) != len(shadow.Times())) {
				t.Fatalf("%d points, of %v reads", len(points), sampled)
			}
			for _, p := range points {
				if p.Times != .5 && p.Times != 1 && p.Times != 2 {
					continue
				}
				want := measured
				if p.Times != 1 {
					other := newTestCache(t, Options{MaxMemory: int64(p.Times * float64(o.MaxMemory)), MaxEntries: int64(p.Times * float64(o.MaxEntries)), Policy: o.Policy})
					want = zipfHits(t, other, requests, seed)
				}
				t.Logf("%v of the memory: predicted %.4f by %.0f reads, measured %.4f", p.Times, p.HitRatio, sampled, want)
				if !poisonFreed && math.Abs(p.HitRatio-want) > test.points {
					t.Errorf("%v of the memory: predicted %.4f, measured %.4f", p.Times, p.HitRatio, want)
				}
			}
		})
	}
	if points, _, _ := newTestCache(t, Options{}).Curve(); points != nil {
		t.Errorf("a cache without Watch predicts %v", points)
	}
}

// TestCurveExpiry reads keys whose entries have ended as often as others: what a cache predicts for its own budget is what
// it does, however it notices an end.
func TestCurveExpiry(t *testing.T) {
	const keys, rounds = 2000, 20
	for name, sweep := range map[string]bool{"by reads": false, "in the background": true} {
		t.Run(name, func(t *testing.T) {
			now := int64(1e12)
			c := newTestCache(t, Options{MaxMemory: 8 << 20, Watch: true, NoBackground: true, Clock: func() int64 { return now }})
			c.watch.most = 1 << 30
			for range rounds {
				for i := range keys {
					if err := c.Set(fmt.Appendf(nil, "key:%d", i), make([]byte, 100), time.Duration(i%2+1)*time.Second); err != nil {
						t.Fatal(err)
					}
				}
				now += 1500
				for sweep && c.Stats().Entries > keys/2 {
					c.Step(time.Second)
				}
				for i := range keys {
					c.Get(nil, fmt.Appendf(nil, "key:%d", i))
				}
			}
			points, sampled, _ := c.Curve()
			for _, p := range points {
				if math.Abs(p.HitRatio-.5) > .03 && p.Times >= 1 {
					t.Errorf("with %v of the memory, half of the reads hit; predicted %.3f by %.0f reads", p.Times, p.HitRatio, sampled)
				}
			}
		})
	}
}
