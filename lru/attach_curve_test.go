//go:build linux && !race && !lruheap && !lruguard

package lru

import (
	"math"
	"testing"
)

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
			zipfHits(t, goesOn, more, seed+1)
			zipfHits(t, next, more, seed+1)
			want, _ := goesOn.Curve()
			got, sampled := next.Curve()
			for i, p := range got {
				t.Logf("%v of the memory: predicted %.4f by %v reads, by the one that goes on %.4f", p.Times, p.HitRatio, sampled, want[i].HitRatio)
				if (stop || p.Times <= 1) && math.Abs(p.HitRatio-want[i].HitRatio) > .03 {
					t.Errorf("%v of the memory: predicted %.4f by %v reads, by the one that goes on %.4f", p.Times, p.HitRatio, sampled, want[i].HitRatio)
				}
			}
			mustCheck(t, next)
		})
	}
}
