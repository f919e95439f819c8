package lru

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// BenchmarkEvictions compares what a SET costs under several policies in a cache with room for four in five of the keys that are
// set, as a node executes it: in batches whose cache misses overlap. The caches take turns in short rounds, so that what else the
// machine does meets all of them alike; ns are medians. evictions are how many entries left for a SET: policies that remember
// keys have room for fewer entries.
func BenchmarkEvictions(b *testing.B) {
	const round = 1 << 17
	loads := map[Policy]*evicting{LRU: {}, S3FIFO: {}, SIEVE: {}, LFU: {}}
	for p, l := range loads {
		cache, err := New(Options{MaxMemory: 60 << 20, Policy: p, Shards: 16})
		if err != nil {
			b.Fatal(err)
		}
		defer cache.Close() //nolint:errcheck // of a benchmark
		*l = evicting{c: cache.Shards(), r: rand.New(rand.NewPCG(1, 2)), keys: 1_000_000}
		l.run(b, 6_000_000)
		l.before = cache.Stats().Evictions
	}
	for b.Loop() {
		for _, l := range loads {
			start := time.Now()
			l.run(b, round)
			l.took = append(l.took, float64(time.Since(start))/round)
		}
	}
	for p, l := range loads {
		slices.Sort(l.took)
		b.ReportMetric(l.took[len(l.took)/2], "ns/"+p.String())
		b.ReportMetric(float64(l.c.Stats().Evictions-l.before)/float64(len(l.took)*round), "evictions/"+p.String())
	}
	b.ReportMetric(0, "ns/op")
}

// evicting sets keys, uniformly drawn.
type evicting struct {
	c      Shards
	r      *rand.Rand
	keys   uint64
	before int64     // evictions before the rounds
	took   []float64 // ns a SET, in each round
}

func (l *evicting) run(b *testing.B, n int) {
	var names [MaxBatch][16]byte
	var hashes [MaxBatch]uint64
	value := make([]byte, 32)
	for ; n > 0; n -= MaxBatch {
		for j := range names {
			hashes[j] = l.c.Hash(benchKey(names[j][:0], l.r.Uint64N(l.keys)))
		}
		l.c.Warm(hashes[:])
		for j, h := range hashes {
			l.c.Soon(hashes[min(j+SoonAhead, MaxBatch-1)])
			s := l.c.Lock(h)
			if err := s.Put(h, names[j][:], value, 0, 1); err != nil {
				b.Fatal(err)
			}
			s.Unlock()
		}
	}
}
