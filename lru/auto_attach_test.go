//go:build linux && !race && !lruheap && !lruguard

package lru

import (
	"math/rand/v2"
	"testing"
	"time"
)

// TestAutoResumes ends a cache in a file, with and without a stop. AUTO goes on with what the file was used by.
func TestAutoResumes(t *testing.T) {
	r := rand.New(rand.NewPCG(testSeed(t), 0))
	for i := range 12 {
		o := withFiles(Options{MaxMemory: 4 << 20, Policy: AUTO})
		c := newTestCache(t, o)
		ask(t, c, 3000, func() int { return r.IntN(3000) })
		want := changeMind(c, r)
		if i%3 == 2 {
			want = use{LRU, firstTuning()}
			if err := c.SetPolicy(LRU); err != nil {
				t.Fatal(err)
			}
		}
		if i%4 == 3 { // the next table knows it, too
			if err := c.SetLimits(0, 128<<20); err != nil {
				t.Fatal(err)
			}
			c.FinishMoves(time.Minute)
		}
		f := duplicate(t, c)
		if i%2 == 0 {
			if err := c.Detach(nil); err != nil {
				t.Fatal(err)
			}
		} else {
			die(c)
		}
		next, at := attach(t, f, o)
		if at.Entries == 0 || next.used() != want || next.Policy() != AUTO {
			t.Errorf("%d: %d entries, AUTO begins with %+v, the file had %+v", i, at.Entries, next.used(), want)
		}
		mustCheck(t, next)
	}
}
