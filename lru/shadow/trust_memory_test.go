package shadow

import (
	"math"
	"testing"
)

// TestTrustedWhereSteep asks for loops of many lengths one after another: those that fit into the cache hit. By as many more or fewer keys of one
// as are in a sample, predictions are off. They are given where many are in it, and where few are, only if they are right.
func TestTrustedWhereSteep(t *testing.T) {
	const objects, longest, step, rounds = 1000, 2000, 100, 4
	for thinned, least := range map[int]int{0: 20, 4: 0} {
		given, wrong := 0, 0
		for seed := range uint64(10) {
			c, requests := NewCurve(objects, Rule{Kind: LRU}), 0.0
			for range thinned {
				c.bank.Thin()
			}
			var full []*Full
			for _, times := range Times()[:3] { // up to today's memory
				full = append(full, NewFull(int64(times*objects), 4*longest, Rule{Kind: LRU}))
			}
			hits := make([]float64, len(full))
			for _, key := range loops(longest, step, rounds) {
				h, had := mix(seed<<32+key), false
				requests++
				for i, f := range full {
					if had = f.Get(h, 1); had {
						hits[i]++
					}
				}
				if c.Get(h, 1, had, noPart); !had {
					c.Set(h, 1, noPart)
				}
			}
			c.Account(hits[2], requests)
			ratios, _ := c.Ratios()
			for i, doubt := range c.Doubts()[:3] {
				if doubt == Certain {
					if given++; math.Abs(ratios[i]-hits[i]/requests) > .01 {
						wrong++
					}
				}
			}
		}
		t.Logf("thinned %d times: %d points given, %d wrong", thinned, given, wrong)
		if given < least || wrong > 0 {
			t.Errorf("thinned %d times: %d points are given, and %d are wrong", thinned, given, wrong)
		}
	}
}

// loops are the keys of loops over step keys, twice as many, and so on, each of which is gone through so often.
func loops(longest, step, rounds int) (keys []uint64) {
	for n := step; n <= longest; n += step {
		for range rounds {
			for i := range n {
				keys = append(keys, uint64(n)<<16+uint64(i))
			}
		}
	}
	return keys
}

// TestRatiosMayFall: a larger memory that looks worse by a little is taken to be as good, but not one that is worse by much.
func TestRatiosMayFall(t *testing.T) {
	n := &reads{hits: 500, reads: 1000}
	got := n.ratios([]float64{500, 498, 400}, 1000, 500)
	if want := []float64{.5, .5, .4}; got[0] != want[0] || got[1] != want[1] || got[2] != want[2] {
		t.Errorf("%v, want %v", got, want)
	}
}
