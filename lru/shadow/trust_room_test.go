package shadow

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestTrustedWithRoom: of a cache that never fills its memory, predictions are given in spite of gaps in what the bank is shown and of
// reads that ask for what nobody has stored; but for more than today's memory not if the cache has evicted something.
func TestTrustedWithRoom(t *testing.T) {
	for _, keeps := range []bool{true, false} {
		r := rand.New(rand.NewPCG(1, 1))
		c := NewCurve(10_000, Rule{Kind: LRU})
		c.KeepsAll([]bool{keeps})
		c.Miss() // the cache has a thousand keys already
		hits, reads := 0.0, 0.0
		for i := range 40_000 {
			h, had := mix(r.Uint64N(1000)), true
			if r.IntN(10) < 3 {
				h, had = mix(1<<40+r.Uint64()>>24), false
			}
			if c.Stale() { // as the background does
				c.Account(hits, reads)
				c.Begin()
			}
			if reads++; had {
				hits++
			}
			switch {
			case i%1200 == 600:
				c.Miss()
			case i%1200 < 600:
				c.Get(h, 1, had, noPart)
			}
		}
		c.Account(hits, reads)
		ratios, _ := c.Ratios()
		for i, doubt := range c.Doubts() {
			if want := keeps || Times()[i] <= 1; (doubt == Certain) != want || math.Abs(ratios[i]-.7) > .01 {
				t.Errorf("nothing was evicted: %v: %v of the memory: predicted %.4f, measured 0.7, doubt %d", keeps, Times()[i], ratios[i], doubt)
			}
		}
	}
}

// TestTrustedAtCeiling: predictions are given of a cache that is never full since a ceiling keeps it from that.
func TestTrustedAtCeiling(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	bound := []Bound{{Max: 500}}
	c, cache := NewCurve(10_000, Rule{Kind: LRU}), NewBank(10_000, 2000, Setup{Rule{Kind: LRU}, 1})
	c.SetParts(1)
	c.Bound(bound)
	cache.setParts(1)
	cache.setBounds(bound)
	hits, reads := 0.0, 0.0
	for i := range 30_000 {
		h, before := mix(r.Uint64N(1000)), cache.Counts()[0].Hits
		cache.get(h, 1, true, 0)
		had := cache.Counts()[0].Hits > before
		if i == 5000 {
			c.Miss()
		}
		if i < 5000 {
			continue
		}
		if c.Stale() {
			c.Account(hits, reads)
			c.AccountPart(0, hits, reads)
			c.Begin()
		}
		if reads++; had {
			hits++
		}
		if c.Get(h, 1, had, 0); !had {
			c.Set(h, 1, 0)
		}
	}
	c.Account(hits, reads)
	c.AccountPart(0, hits, reads)
	ratios, gets := c.Ratios()
	of := c.PartDoubts(0)
	for i, doubt := range c.Doubts() {
		if doubt != Certain || of[i] != Certain || math.Abs(ratios[i]-.5) > .015 {
			t.Errorf("%v of the memory: predicted %.4f by %.0f reads, measured 0.5, doubts %d and %d", Times()[i], ratios[i], gets, doubt, of[i])
		}
	}
}
