package lru

import (
	"math/rand/v2"
	"testing"
)

// BenchmarkTouchHashes marks entries as used, uniformly drawn, as many at a time as a client of local reads reports.
func BenchmarkTouchHashes(b *testing.B) {
	for _, n := range benchSizes {
		b.Run(name(n), func(b *testing.B) {
			c := filled(b, n)
			r := rand.New(rand.NewPCG(1, 2))
			hashes := make([]uint64, 2048)
			for b.Loop() {
				b.StopTimer()
				for i := range hashes {
					hashes[i] = c.Hash(benchKey(nil, r.Uint64N(uint64(n))))
				}
				b.StartTimer()
				c.TouchHashes(hashes)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(hashes)), "ns/hash")
		})
	}
}
