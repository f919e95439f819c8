package lru

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// TestAutoOfBounds has two prefixes: drifting requests under LRU's advantage, and a loop that a ceiling keeps from most of the memory.
// Without the ceiling LFU would be better for both together, with it LRU is, and AUTO must see that.
func TestAutoOfBounds(t *testing.T) {
	hits := func(p Policy) float64 {
		c := newTestCache(t, Options{MaxMemory: 1 << 20, Shards: 1, Policy: p, NoBackground: true, Prefixes: []Prefix{{Name: "drift:", Min: 3 << 18}, {Name: "loop:", Max: 1 << 17}}})
		c.watch.most = 1 << 30
		next, n, had := drifting(rand.New(rand.NewPCG(1, 2)), 2000), 0, 0
		requests := scale(80_000)
		for i := range requests {
			key := fmt.Sprint("loop:", n%6000)
			if n++; i%2 == 0 {
				key = fmt.Sprint("drift:", next())
			}
			if _, ok := c.GetString(nil, key); !ok {
				if err := c.SetString(key, noise[:300], 0); err != nil {
					t.Fatal(err)
				}
			} else if i >= requests*3/4 {
				had++
			}
			if i%500 == 0 {
				c.Step(0)
			}
		}
		mustCheck(t, c)
		t.Logf("%v hits %.3f, by %+v", p, float64(had)/float64(requests/4), c.Using())
		return float64(had) / float64(requests/4)
	}
	if lru, auto := hits(LRU), hits(AUTO); auto < lru-.03 && !poisonFreed {
		t.Errorf("AUTO hits %.3f, LRU %.3f", auto, lru)
	}
}
