package shadow

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestPartTrusted: of a part of which few reads are in the sample, only predictions are given that chance has not led astray, though
// there are many reads of other keys; of a part that has these, they are given.
func TestPartTrusted(t *testing.T) {
	const objects, requests = 1000, 40_000
	skewed := func(r *rand.Rand, keys float64) uint64 { return uint64(math.Pow(keys, r.Float64())) }
	given := [2]int{}
	for seed := range uint64(5) {
		r := rand.New(rand.NewPCG(seed, 0))
		c := NewCurve(objects, Rule{Kind: LRU})
		c.SetParts(2)
		c.bank.Thin() // a half of the keys
		today, twice := NewFull(objects, 20_000, Rule{Kind: LRU}), NewFull(2*objects, 20_000, Rule{Kind: LRU})
		var hits, more, reads [2]float64
		for range requests {
			part, h := 1, mix(skewed(r, 10_000))
			if r.IntN(50) == 0 {
				part, h = 0, mix(1<<40+skewed(r, 1000))
			}
			had := today.Get(h, 1)
			if twice.Get(h, 1) {
				more[part]++
			}
			if reads[part]++; had {
				hits[part]++
			}
			if c.Get(h, 1, had, part); !had {
				c.Set(h, 1, part)
			}
		}
		c.Account(hits[0]+hits[1], requests)
		for part := range reads {
			c.AccountPart(part, hits[part], reads[part])
			ratios, gets := c.PartRatios(part)
			want := more[part] / reads[part]
			t.Logf("part %d: predicted %.4f by %.0f reads, measured %.4f, given: %v", part, ratios[5], gets, want, (c.PartDoubts(part)[5] == Certain))
			if !(c.PartDoubts(part)[5] == Certain) {
				continue
			}
			given[part]++
			if math.Abs(ratios[5]-want) > .015 {
				t.Errorf("part %d: with twice the memory %.4f is predicted by %.0f reads, measured %.4f", part, ratios[5], gets, want)
			}
		}
	}
	if given[1] == 0 {
		t.Error("nothing is given of the part that has most reads")
	}
}
