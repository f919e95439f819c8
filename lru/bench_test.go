package lru

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// The sizes that the benchmarks fill a cache to.
var benchSizes = []int{1_000, 1_000_000, 10_000_000}

// benchKey is the 16-byte key number i.
func benchKey(dst []byte, i uint64) []byte {
	dst = append(dst[:0], "key:0000"...)
	return binary.BigEndian.AppendUint64(dst, i)
}

// filled caches are kept from one benchmark to the next: filling takes longer than measuring.
var filledCache struct {
	n int
	c Shards
}

func filled(b *testing.B, n int) Shards {
	if filledCache.n == n {
		return filledCache.c
	}
	dropFilled()
	c, err := fill(n)
	if err != nil {
		b.Fatal(err)
	}
	filledCache.n, filledCache.c = n, c
	return c
}

// fill makes a cache of n entries.
func fill(n int) (Shards, error) {
	cache, err := New(Options{MaxMemory: 4 << 30, Shared: testFiles})
	if err != nil {
		return Shards{}, err
	}
	c := cache.Shards()
	key, value := make([]byte, 0, 16), make([]byte, 32)
	for i := range uint64(n) {
		if err := c.Set(benchKey(key, i), value, 0); err != nil {
			return Shards{}, err
		}
	}
	return c, nil
}

// dropFilled closes the cache that filled keeps.
func dropFilled() {
	if filledCache.c.Cache != nil {
		filledCache.c.Close()
		filledCache.c, filledCache.n = Shards{}, 0
	}
}

func name(n int) string {
	switch {
	case n >= 1_000_000:
		return fmt.Sprint(n/1_000_000, "M")
	default:
		return fmt.Sprint(n/1000, "k")
	}
}

// BenchmarkGet looks keys up one after another, uniformly drawn.
func BenchmarkGet(b *testing.B) {
	for _, n := range benchSizes {
		b.Run(name(n), func(b *testing.B) {
			c := filled(b, n)
			key, value := make([]byte, 0, 16), make([]byte, 0, 64)
			r := rand.New(rand.NewPCG(1, 2))
			b.ReportAllocs()
			for b.Loop() {
				k := benchKey(key, r.Uint64N(uint64(n)))
				h := c.Hash(k)
				s := c.Lock(h)
				if e, ok := s.Get(h, k, 1); ok {
					value = s.AppendValue(value[:0], e)
				}
				s.Unlock()
			}
		})
	}
}

// BenchmarkWarmGet looks keys up in batches of 32 whose cache misses overlap.
func BenchmarkWarmGet(b *testing.B) {
	for _, n := range benchSizes {
		b.Run(name(n), func(b *testing.B) {
			c := filled(b, n)
			value := make([]byte, 0, 64)
			var keys [MaxBatch][16]byte
			var hashes [MaxBatch]uint64
			r := rand.New(rand.NewPCG(1, 2))
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if i%MaxBatch == 0 {
					for j := range keys {
						benchKey(keys[j][:0], r.Uint64N(uint64(n)))
						hashes[j] = c.Hash(keys[j][:])
					}
					c.Warm(hashes[:])
				}
				j := i % MaxBatch
				s := c.Lock(hashes[j])
				if e, ok := s.Get(hashes[j], keys[j][:], 1); ok {
					value = s.AppendValue(value[:0], e)
				}
				s.Unlock()
			}
		})
	}
}

// BenchmarkSet overwrites existing keys, uniformly drawn.
func BenchmarkSet(b *testing.B) {
	for _, n := range benchSizes {
		b.Run(name(n), func(b *testing.B) {
			c := filled(b, n)
			key, value := make([]byte, 0, 16), make([]byte, 32)
			r := rand.New(rand.NewPCG(1, 2))
			b.ReportAllocs()
			for b.Loop() {
				k := benchKey(key, r.Uint64N(uint64(n)))
				h := c.Hash(k)
				s := c.Lock(h)
				if err := s.Put(h, k, value, 0, 1); err != nil {
					b.Fatal(err)
				}
				s.Unlock()
			}
		})
	}
}

// BenchmarkWarmSet overwrites existing keys, uniformly drawn, after prefetching them in batches, as a server does.
func BenchmarkWarmSet(b *testing.B) {
	for _, n := range benchSizes {
		b.Run(name(n), func(b *testing.B) {
			c := filled(b, n)
			var keys [MaxBatch][16]byte
			var hashes [MaxBatch]uint64
			value := make([]byte, 32)
			r := rand.New(rand.NewPCG(1, 2))
			for i := 0; b.Loop(); i++ {
				j := i % MaxBatch
				if j == 0 {
					for j := range keys {
						benchKey(keys[j][:0], r.Uint64N(uint64(n)))
						hashes[j] = c.Hash(keys[j][:])
					}
					c.Warm(hashes[:])
				}
				if k := j + SoonAhead; k < MaxBatch {
					c.Soon(hashes[k])
				}
				s := c.Lock(hashes[j])
				if err := s.Put(hashes[j], keys[j][:], value, 0, 1); err != nil {
					b.Fatal(err)
				}
				s.Unlock()
			}
		})
	}
}

// BenchmarkEvict sets new keys in a full cache, so that each evicts one.
func BenchmarkEvict(b *testing.B) {
	cache, err := New(Options{MaxMemory: 256 << 20, Shared: testFiles})
	if err != nil {
		b.Fatal(err)
	}
	c := cache.Shards()
	defer c.Close()
	key, value := make([]byte, 0, 16), make([]byte, 32)
	i := uint64(0)
	for ; i < 4_000_000; i++ {
		c.Set(benchKey(key, i), value, 0)
	}
	b.ReportAllocs()
	for b.Loop() {
		c.Set(benchKey(key, i), value, 0)
		i++
	}
}

// BenchmarkInFile is some of these benchmarks in shared memory.
func BenchmarkInFile(b *testing.B) {
	if !CanShare {
		b.Skip("SKIPPED: this build has no shared memory")
	}
	dropFilled()
	testFiles = memfd
	defer func() { dropFilled(); testFiles = nil }()
	b.Run("Get", BenchmarkGet)
	b.Run("WarmGet", BenchmarkWarmGet)
	b.Run("Set", BenchmarkSet)
	b.Run("WarmSet", BenchmarkWarmSet)
	b.Run("Evict", BenchmarkEvict)
}

// BenchmarkFlush empties a cache of 1 and 10 million entries.
func BenchmarkFlush(b *testing.B) {
	for _, n := range benchSizes[1:] {
		b.Run(name(n), func(b *testing.B) {
			c := filled(b, n)
			start := time.Now()
			c.Flush()
			b.ReportMetric(float64(time.Since(start)), "flush-ns")
			for start = time.Now(); c.Step(time.Hour); {
			}
			b.ReportMetric(float64(time.Since(start)), "giveback-ns")
			dropFilled()
			b.ReportMetric(0, "ns/op")
		})
	}
}
