package shadow

import (
	"math"
	"math/rand/v2"
	"testing"
)

// asked shows a curve the requests that next makes, or only the first shown of each gap requests, and runs caches of all sizes
// beside it. It returns what these hit from request from on.
func asked(c *Curve, full []*Full, requests, from, shown, gap int, next func() uint64) (hits []float64) {
	hits = make([]float64, len(full))
	for i := range requests {
		h, had := mix(next()), false
		for j, f := range full {
			if f.Get(h, 1) {
				had = had || Times()[j] == 1
				if i >= from {
					hits[j]++
				}
			}
		}
		if i == from { // as the background does once the curve is stale
			c.stale = true
			c.Begin()
		}
		if i%gap < shown {
			c.Get(h, 1, had, noPart)
			if !had {
				c.Set(h, 1, noPart)
			}
		} else if i%gap == shown {
			c.Miss()
		}
	}
	c.Account(hits[c.atToday()], float64(requests-from))
	for j := range hits {
		hits[j] /= float64(requests - from)
	}
	return hits
}

// TestTrusted: predictions that are given are right, and those of requests of which too few are shown are not given.
func TestTrusted(t *testing.T) {
	const objects, requests = 1000, 100_000
	r := rand.New(rand.NewPCG(1, 2))
	at := uint64(1 << 40)
	drifting := func() uint64 { // new keys, asked for again soon or never
		if r.IntN(6) == 0 {
			at++
		}
		return at - uint64(r.Float64()*r.Float64()*4000)
	}
	skewed := func() uint64 { return uint64(math.Pow(10_000, r.Float64())) }
	for _, test := range []struct {
		name         string
		next         func() uint64
		shown, gap   int
		least, given int // of the points: at least so many are given, and at most
	}{
		{"all of the drift", drifting, 1, 1, 7, 7},
		{"a part of the drift", drifting, 600, 20_000, 0, 0},
		{"all of the skewed", skewed, 1, 1, 7, 7},
		{"a part of the skewed", skewed, 600, 2400, 1, 7},
		{"next to nothing", skewed, 99, requests, 0, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := NewCurve(objects, Rule{Kind: LRU})
			var full []*Full
			for _, times := range Times() {
				full = append(full, NewFull(int64(times*objects), 40_000, Rule{Kind: LRU}))
			}
			want := asked(c, full, requests, requests/3, test.shown, test.gap, test.next)
			got, _ := c.Ratios()
			given := 0
			for i, doubt := range c.Doubts() {
				ok := doubt == Certain
				t.Logf("%v of the memory: predicted %.4f, given: %v, measured %.4f", Times()[i], got[i], ok, want[i])
				if ok {
					given++
				}
				if ok && math.Abs(got[i]-want[i]) > .01 {
					t.Errorf("%v of the memory: predicted %.4f, measured %.4f", Times()[i], got[i], want[i])
				}
			}
			if given < test.least || given > test.given {
				t.Errorf("%d points are given", given)
			}
		})
	}
}

// TestTrustedOfAll: nothing is left to chance if the sample has every read, though all that are for one set of keys, which always hit,
// are of one group.
func TestTrustedOfAll(t *testing.T) {
	c, full := NewCurve(20, Rule{Kind: LRU}), NewFull(20, 40, Rule{Kind: LRU})
	hits, reads := 0.0, 0.0
	for i := range uint64(180) {
		for _, h := range []uint64{mix(i%3) &^ (groupsOfSample - 1), mix(100 + i%28)} {
			had := full.Get(h, 1)
			if c.Get(h, 1, had, noPart); had {
				hits++
			} else {
				c.Set(h, 1, noPart)
			}
			reads++
		}
	}
	for _, test := range []struct {
		of    string
		reads float64
		want  bool
	}{{"all reads", reads, true}, {"few of them", 100 * reads, false}} {
		c.Account(hits/reads*test.reads, test.reads)
		if got := c.Doubts()[5] == Certain; got != test.want {
			ratios, _ := c.Ratios()
			t.Errorf("by %s: %.4f with twice the memory is given: %v, want %v", test.of, ratios[5], got, test.want)
		}
	}
}
