package replica

import (
	"fmt"
	"testing"

	"github.com/cachegopher/cachegopher/lru"
)

// BenchmarkFullSync measures both ends of a full sync of entries of 100 bytes, without a network.
func BenchmarkFullSync(b *testing.B) {
	const entries = 1_000_000
	newCache := func() *lru.Cache {
		c, err := lru.New(lru.Options{MaxMemory: 1 << 30, NoBackground: true})
		if err != nil {
			b.Fatal(err)
		}
		return c
	}
	from := newCache()
	defer from.Close() //nolint:errcheck // the benchmark is over
	value := make([]byte, 100)
	for i := range entries {
		if err := from.Set(fmt.Appendf(nil, "key:%010d", i), value, 0); err != nil {
			b.Fatal(err)
		}
	}
	var pieces [][]byte
	b.Run("walk", func(b *testing.B) {
		source := NewCacheStore(from)
		for b.Loop() {
			pieces = pieces[:0]
			for cursor := uint64(0); ; {
				var piece []byte
				if piece, cursor, _ = source.Walk(nil, cursor, pieceSize, nil); len(piece) > 0 {
					pieces = append(pieces, piece)
				}
				if cursor == 0 {
					break
				}
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/entries, "ns/entry")
	})
	b.Run("apply", func(b *testing.B) {
		for b.Loop() {
			b.StopTimer()
			to := newCache()
			b.StartTimer()
			target := NewCacheStore(to)
			for _, p := range pieces {
				if err := target.Apply(p, nil); err != nil {
					b.Fatal(err)
				}
			}
			b.StopTimer()
			to.Close() //nolint:errcheck // the benchmark is over
			b.StartTimer()
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/entries, "ns/entry")
	})
}
