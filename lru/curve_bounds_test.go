package lru

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// boundedTenants reads and stores keys of three prefixes: "quiet:" has a floor and "large:" a ceiling, "noisy:" stores keys that
// nobody reads again. The cache has so many times 4 MB.
func boundedTenants(t *testing.T, p Policy, times float64) []PrefixStats {
	t.Helper()
	c := newTestCache(t, Options{MaxMemory: int64(times * (4 << 20)), Shards: 4, Policy: p, Watch: true,
		Prefixes: []Prefix{{Name: "quiet:", Min: 1 << 20}, {Name: "large:", Max: 1 << 20}, {Name: "noisy:"}}})
	c.watch.most = 1 << 30
	r, z := rand.New(rand.NewPCG(1, 2)), newZipf(20_000, .9)
	for i := range scale(20_000) {
		for _, key := range []string{fmt.Sprint("quiet:", z.draw(r)), fmt.Sprint("large:", z.draw(r)), fmt.Sprint("noisy:", 2*i), fmt.Sprint("noisy:", 2*i+1)} {
			if _, ok := c.GetString(nil, key); ok {
				continue
			}
			if err := c.SetString(key, noise[:100+len(key)*10], 0); err != nil {
				t.Fatal(err)
			}
		}
	}
	mustCheck(t, c)
	return c.Prefixes()
}

// TestCurveOfBounds compares what a cache predicts for prefixes with a floor and a ceiling with what they do in caches of half and
// twice the memory.
func TestCurveOfBounds(t *testing.T) {
	for _, p := range []Policy{LRU, S3FIFO, LFU} {
		t.Run(p.String(), func(t *testing.T) {
			t.Parallel()
			predicted := boundedTenants(t, p, 1)
			for _, times := range []float64{.5, 1, 2} {
				for i, of := range boundedTenants(t, p, times) {
					want := float64(of.Hits) / float64(of.Hits+of.Misses)
					for _, point := range predicted[i].Points {
						if point.Times != times {
							continue
						}
						t.Logf("%s %v of the memory: predicted %.4f, measured %.4f", of.Name, times, point.HitRatio, want)
						if !poisonFreed && math.Abs(point.HitRatio-want) > .03 {
							t.Errorf("%s %v of the memory: predicted %.4f, measured %.4f", of.Name, times, point.HitRatio, want)
						}
					}
				}
			}
		})
	}
}
