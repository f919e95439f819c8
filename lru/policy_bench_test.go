package lru

import (
	"math/rand/v2"
	"testing"

	"github.com/cachegopher/cachegopher/lru/policy"
)

// BenchmarkPolicies compares what requests cost under each policy: reads of a million entries, all of them there, by Zipf
// 0.99 and uniformly, in batches whose cache misses overlap; and stores of new keys in a full cache, each of which evicts an
// entry after two others were read.
func BenchmarkPolicies(b *testing.B) {
	const keys = 1_000_000
	z := newZipf(keys, .99)
	drawn := make([]uint64, 1<<19)
	for i := range drawn {
		drawn[i] = uint64(z.draw(rand.New(rand.NewPCG(1, uint64(i))))) * 7919 % keys
	}
	for _, p := range policy.All() {
		c := filled(b, keys)
		if err := c.SetPolicy(p); err != nil {
			b.Fatal(err)
		}
		b.Run("zipf/"+p.String(), func(b *testing.B) { benchReads(b, c, func(i int) uint64 { return drawn[i%len(drawn)] }) })
		r := rand.New(rand.NewPCG(1, 2))
		b.Run("uniform/"+p.String(), func(b *testing.B) { benchReads(b, c, func(int) uint64 { return r.Uint64N(keys) }) })
		if p != NONE {
			b.Run("evict/"+p.String(), func(b *testing.B) { benchEvictions(b, p) })
		}
	}
	dropFilled()
}

// benchReads reads the entries that next names.
func benchReads(b *testing.B, c Shards, next func(i int) uint64) {
	value := make([]byte, 0, 64)
	var names [MaxBatch][16]byte
	var hashes [MaxBatch]uint64
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		j := i % MaxBatch
		if j == 0 {
			for n := range names {
				hashes[n] = c.Hash(benchKey(names[n][:0], next(i+n)))
			}
			c.Warm(hashes[:])
		}
		s := c.Lock(hashes[j])
		if e, ok := s.Get(hashes[j], names[j][:], 1); ok {
			value = s.AppendValue(value[:0], e)
		}
		s.Unlock()
	}
}

func benchEvictions(b *testing.B, p Policy) {
	cache, err := New(Options{MaxMemory: 64 << 20, Policy: p})
	if err != nil {
		b.Fatal(err)
	}
	defer cache.Close() //nolint:errcheck // of a benchmark
	r := rand.New(rand.NewPCG(1, 2))
	key, value := make([]byte, 0, 16), make([]byte, 32)
	store := func(i uint64) {
		if err := cache.setAt(benchKey(key, i), value, 1<<60-int64(r.Uint64N(1<<40))); err != nil {
			b.Fatal(err)
		}
	}
	i := uint64(0)
	for ; i < 1_200_000; i++ {
		store(i)
	}
	b.ReportAllocs()
	b.ResetTimer()
	for b.Loop() {
		for range 2 {
			cache.Get(value[:0], benchKey(key, i-r.Uint64N(400_000)))
		}
		store(i)
		i++
	}
}
