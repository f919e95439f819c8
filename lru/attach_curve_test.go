//go:build linux && !race && !lruheap && !lruguard

package lru

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/lru/shadow"
)

// untrusted are the points that c would predict, and those that are not given since they may be wrong.
func untrusted(c Shards) []CurvePoint {
	c.Curve() // counts the reads
	c.watch.mu.Lock()
	defer c.watch.mu.Unlock()
	ratios, _ := c.watch.curve.Ratios()
	points, _ := pointsOf(ratios, make([]shadow.Doubt, len(ratios)))
	return points
}

// TestCurveAfterAttach ends the process of a cache in a file, with and without a stop, and compares what the next one predicts, from
// its own reads alone, with what a cache predicts that goes on: after a kill, only for today's memory and less, and later.
func TestCurveAfterAttach(t *testing.T) {
	for name, stop := range map[string]bool{"stopped": true, "killed": false} {
		t.Run(name, func(t *testing.T) {
			seed := testSeed(t)
			o := Options{MaxMemory: 3 << 20, Watch: true, Policy: AUTO, Seed: seed}
			goesOn, c := newTestCache(t, o), newTestCache(t, withFiles(o))
			for _, c := range []Shards{goesOn, c} {
				c.watch.most = 1 << 30
				zipfHits(t, c, 40_000, seed)
			}
			if err := goesOn.SetPrefixes([]Prefix{{Name: "none", Min: 1}}); err != nil { // from now on it counts anew
				t.Fatal(err)
			}
			f, more := duplicate(t, c), 30_000
			if stop {
				more = 10_000
				if err := c.Detach(nil); err != nil {
					t.Fatal(err)
				}
			} else {
				die(c)
			}
			next, _ := attach(t, f, withFiles(o))
			next.watch.most = 1 << 30
			if keys := next.watch.auto.Bank().Keys(); (keys > 0) != stop {
				t.Errorf("AUTO knows %d keys", keys)
			}
			for i := range uint64(10) {
				zipfHits(t, goesOn, more/10, seed+1+i)
				zipfHits(t, next, more/10, seed+1+i)
				next.Step(time.Millisecond) // the curve may begin to count anew
			}
			given, sampled, _ := next.Curve()
			want, got := untrusted(goesOn), untrusted(next)
			for i, p := range want {
				is := slices.Contains(given, got[i])
				t.Logf("%v of the memory: predicted %.4f by %v reads, given: %v, by the one that goes on %.4f", p.Times, got[i].HitRatio, sampled, is, p.HitRatio)
				most := .03
				if !stop && !is {
					most = .04 // one seed in 60 was off by .031, and was not given
				}
				if (stop || is || p.Times <= 1) && math.Abs(got[i].HitRatio-p.HitRatio) > most {
					t.Errorf("%v of the memory: predicted %.4f by %v reads, by the one that goes on %.4f", p.Times, got[i].HitRatio, sampled, p.HitRatio)
				}
			}
			if !stop && slices.Contains(given, got[len(got)-1]) {
				t.Error("four times the memory is predicted, of which the cache that was killed knows too little")
			}
			mustCheck(t, next)
		})
	}
}
