//go:build linux && !race && !lruheap && !lruguard

package lru

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/lru/shadow"
)

// sameRequests is zipfHits with requests that are the same whatever hits.
func sameRequests(t *testing.T, c Shards, z zipf, requests int, seed uint64) (hitRatio float64) {
	r, hits := rand.New(rand.NewPCG(seed, 0)), 0
	for range requests {
		key := fmt.Sprint("key:", z.draw(r))
		if _, ok := c.GetString(nil, key); ok {
			hits++
		} else if err := c.SetString(key, noise[:100], 0); err != nil {
			t.Fatal(err)
		}
	}
	return float64(hits) / float64(requests)
}

// afterAttach ends the process of a cache of so many entries in a file, with a stop or a kill, and reads on in the next one. hits are those
// of each tenth of the reads; the curve counts from this one on.
func afterAttach(t *testing.T, o Options, z zipf, stop bool, reads int) (next Shards, hits []float64, from int) {
	t.Helper()
	c := newTestCache(t, withFiles(o))
	c.watch.most = 1 << 30
	sameRequests(t, c, z, 40_000, o.Seed)
	f := duplicate(t, c)
	if !stop {
		die(c)
	} else if err := c.Detach(nil); err != nil {
		t.Fatal(err)
	}
	next, _ = attach(t, f, withFiles(o))
	next.watch.most = 1 << 30
	if keys := next.watch.curve.Bank().Keys(); (keys > 0) != stop {
		t.Errorf("the curve knows %d keys", keys)
	}
	for i := range 10 {
		next.Step(time.Millisecond) // the curve may begin to count anew
		if next.watch.curve.Bank().Gets() == 0 {
			from = i
		}
		hits = append(hits, sameRequests(t, next, z, reads/10, o.Seed+1+uint64(i)))
	}
	mustCheck(t, next)
	return next, hits, from
}

// TestCurveAfterAttach compares what a cache predicts that another process has left with what caches of other sizes do that have
// had the same. What is given is right; after a stop, this is all, and after a kill nothing at first.
func TestCurveAfterAttach(t *testing.T) {
	z := newZipf(100_000, .9)
	for name, test := range map[string]struct {
		stop  bool
		reads int
		given func(times float64) bool // must be; nil: nothing may be
	}{
		"stopped":              {true, 10_000, func(float64) bool { return true }},
		"killed":               {false, 1_000, nil},
		"killed, and reads on": {false, 40_000, func(times float64) bool { return times <= 1 }},
	} {
		t.Run(name, func(t *testing.T) {
			o := Options{MaxEntries: 1000, Watch: true, Seed: testSeed(t)}
			next, hits, from := afterAttach(t, o, z, test.stop, test.reads)
			points, sampled, doubt := next.Curve()
			if (doubt == shadow.Certain) != (len(points) == len(shadow.Times())) {
				t.Errorf("%d points are given, with doubt %d of the others", len(points), doubt)
			}
			given := map[float64]bool{}
			for _, p := range points {
				given[p.Times] = true
				of := hits
				switch p.Times {
				case .75, 1.25, 2: // between others
					continue
				case .5, 1.5, 4:
					other := o
					other.MaxEntries = int64(p.Times * float64(o.MaxEntries))
					_, of, _ = afterAttach(t, other, z, test.stop, test.reads)
				}
				want := 0.0
				for _, ratio := range of[from:] {
					want += ratio / float64(10-from)
				}
				t.Logf("%v of the memory: predicted %.4f by %.0f reads, measured %.4f", p.Times, p.HitRatio, sampled, want)
				if math.Abs(p.HitRatio-want) > .01 {
					t.Errorf("%v of the memory: predicted %.4f by %.0f reads, measured %.4f", p.Times, p.HitRatio, sampled, want)
				}
			}
			for _, times := range shadow.Times() {
				if test.given == nil && given[times] || test.given != nil && test.given(times) && !given[times] {
					t.Errorf("%v of the memory is predicted: %v, by %.0f reads, doubt %d", times, given[times], sampled, doubt)
				}
			}
		})
	}
}
