package shadow

import (
	"math"
	"testing"
)

// TestParts shows a curve reads of two parts of the keys: one has few keys, the other reads none twice. The sample is made smaller
// meanwhile. Each part has its own hit ratio, and both together have what the whole has.
func TestParts(t *testing.T) {
	c := NewCurve(4000, Rule{Kind: LRU})
	c.SetParts(2)
	read, held := [2]float64{}, [2]float64{}
	for i := range uint64(200_000) {
		part, key := 0, i%1000
		if i%3 == 0 {
			part, key = 1, 1<<32+i
		}
		hit := part == 0 && i >= 2000
		if read[part]++; hit {
			held[part]++
		}
		c.Get(mix(key+1), 1, hit, part)
		if !hit {
			c.Bank().Set(mix(key+1), 1)
		}
		if i == 100_000 {
			c.Bank().Thin()
		}
	}
	var gets, hits float64
	for i, want := range []float64{1, 0} {
		c.AccountPart(i, held[i], read[i])
		ratios, n := c.PartRatios(i)
		gets, hits = gets+n, hits+c.bank.parts[i].hits[2]
		if got := ratios[2]; math.Abs(got-want) > .02 || n < 1000 {
			t.Errorf("part %d hits %v of %v reads, want %v", i, got, n, want)
		}
	}
	if math.Abs(gets-c.bank.gets) > 1 || math.Abs(hits-c.bank.counts[2].Hits) > 1 {
		t.Errorf("the parts have %v hits of %v reads, the whole has %v of %v", hits, gets, c.bank.counts[2].Hits, c.bank.gets)
	}
	c.Fade()
	if _, n := c.PartRatios(0); math.Abs(n-gets*2/3/2) > gets/50 {
		t.Errorf("after fading part 0 has %v of %v reads", n, gets)
	}
	c.Follow(Rule{Kind: SIEVE}, 4000)
	if _, n := c.PartRatios(0); n != 0 {
		t.Errorf("under another rule part 0 has %v reads", n)
	}
}
