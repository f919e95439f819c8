package compare

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// bySigns is the definition of the test: the share of all choices of signs whose sum of positive ranks is at least as far
// from the middle.
func bySigns(d []float64) float64 {
	n := len(d)
	abs := make([]float64, n)
	for i, x := range d {
		abs[i] = math.Abs(x)
	}
	sorted := slices.Sorted(slices.Values(abs))
	statistic := func(positive func(i int) bool) float64 {
		w := 0.0
		for i := range d {
			if positive(i) {
				w += float64(1 + slices.Index(sorted, abs[i]))
			}
		}
		return math.Abs(w - float64(n*(n+1))/4)
	}
	seen := statistic(func(i int) bool { return d[i] > 0 })
	extreme := 0
	for signs := range 1 << n {
		if statistic(func(i int) bool { return signs>>i&1 == 1 }) >= seen {
			extreme++
		}
	}
	return float64(extreme) / float64(int(1)<<n)
}

func TestSignedRankIsThePermutationTest(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 1))
	for n := 1; n <= 10; n++ {
		s := newSignedRank(n)
		for range 20 {
			d := make([]float64, n)
			for i := range d {
				d[i] = r.NormFloat64() + 0.5
			}
			if got, want := s.test(d), bySigns(d); math.Abs(got-want) > 1e-9 {
				t.Fatalf("%v: %v, by all signs %v", d, got, want)
			}
		}
	}
}

func TestSignedRankWithTies(t *testing.T) {
	s := newSignedRank(4)
	for _, c := range []struct {
		d    []float64
		want float64
	}{{[]float64{1, 1, 1, 1}, 0.125}, {[]float64{0, 0, 0, 0}, 1}, {[]float64{1, -1, 1, -1}, 1}} {
		if got := s.test(c.d); got != c.want {
			t.Errorf("%v: %v, want %v", c.d, got, c.want)
		}
	}
}

// The interval holds the middle as often as it says, and excludes it exactly if the test does.
func TestIntervalCovers(t *testing.T) {
	const n, experiments = 12, 4000
	s, r := newSignedRank(n), rand.New(rand.NewPCG(3, 2))
	held := 0
	for range experiments {
		d := make([]float64, n)
		for i := range d {
			d[i] = 0.3 + r.NormFloat64()
		}
		middle, low, high := s.interval(d, 0.05)
		if !(low <= middle && middle <= high) {
			t.Fatalf("%v is not between %v and %v", middle, low, high)
		}
		if low <= 0.3 && 0.3 <= high {
			held++
		}
		if excludes := low > 0 || high < 0; excludes != (s.test(d) <= 0.05) {
			t.Fatalf("%v: from %v to %v, but the test says %v", d, low, high, s.test(d))
		}
	}
	if share := float64(held) / experiments; share < 0.94 || share > 0.97 { // the steps of 12 pairs allow 0.9580
		t.Errorf("the interval held the middle in %.3f of experiments", share)
	}
	if _, low, high := newSignedRank(4).interval([]float64{1, 2, 3, 4}, 0.05); !math.IsInf(low, -1) || !math.IsInf(high, 1) {
		t.Errorf("four pairs bound it by %v and %v", low, high)
	}
}
