package shadow

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestLate: of a curve that begins beside a cache of LFU that was there before, as after a kill, what is given is right, and in the end all is.
func TestLate(t *testing.T) {
	const objects, before, after = 200, 12_000, 52_000
	r := rand.New(rand.NewPCG(1, 1))
	next := func() uint64 { return mix(uint64(math.Pow(20_000, r.Float64()))) }
	var full []*Full
	for _, times := range Times() {
		full = append(full, NewFull(int64(times*objects), 20_000, First()))
	}
	hits, accounted, all := make([]float64, len(full)), 0.0, 0.0
	reads := 0.0
	c := NewCurve(objects, First())
	c.Late()
	given := 0
	for i := range before + after {
		h, had := next(), false
		for j, f := range full {
			hit := f.Get(h, 1)
			if hit && i >= before {
				hits[j]++
			}
			had = had || hit && Times()[j] == 1
		}
		if i < before {
			continue
		}
		reads++
		all++
		if had {
			accounted++
		}
		if c.Get(h, 1, had, noPart); !had {
			c.Set(h, 1, noPart)
		}
		if c.Stale() {
			weight := .5
			if c.stale {
				weight = 0
			}
			c.Account(accounted, all)
			c.Begin()
			reads *= weight
			for j := range hits {
				hits[j] *= weight
			}
		}
		if i%2000 != 0 {
			continue
		}
		c.Account(accounted, all)
		ratios, _ := c.Ratios()
		given = 0
		for j, doubt := range c.Doubts() {
			if doubt != Certain {
				continue
			}
			if given++; math.Abs(ratios[j]-hits[j]/reads) > .01 {
				t.Errorf("after %d reads, %v of the memory: predicted %.4f, measured %.4f", i-before, Times()[j], ratios[j], hits[j]/reads)
			}
		}
	}
	if given != len(full) {
		t.Errorf("%d points are given in the end: %v", given, c.Doubts())
	}
}
