package order

import (
	"math/rand/v2"
	"testing"
)

// TestSketch counts uses of keys: those of keys that are used often are known nearly exactly, other keys are seldom taken
// for such, and what is not used any more fades.
func TestSketch(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	for _, entries := range []uint32{1, 100, 5000} {
		var s sketch
		hash := func(i int) uint64 { return uint64(i+1)*0xbf58476d1ce4e5b9>>8 | 7<<56 }
		often := int(max(entries/10, 1))
		for range 10 {
			for i := range often {
				s.add(hash(i), entries)
			}
			for range entries / 2 { // used once
				s.add(r.Uint64()>>8|7<<56, entries)
			}
		}
		wrong, low := 0, 0
		for i := range often {
			if n := s.estimate(hash(i)); n < 10 {
				low++
			} else if n > 12 {
				wrong++
			}
		}
		for i := range int(entries) {
			if s.estimate(hash(often+i)) > 3 {
				wrong++
			}
		}
		if low > 0 || wrong > 1+int(entries)/50 {
			t.Errorf("%d entries: %d counts are too low, %d too high", entries, low, wrong)
		}
		if n := 8 * len(s.words); n > 16*int(entries)+64 {
			t.Errorf("%d entries: %d bytes", entries, n)
		}
		for range 200 * entries {
			s.add(r.Uint64()>>8|7<<56, entries)
		}
		if n := s.estimate(hash(0)); entries > 1 && n >= 10 {
			t.Errorf("%d entries: a key that was used 10 times counts %d after many uses of others", entries, n)
		}
	}
}
