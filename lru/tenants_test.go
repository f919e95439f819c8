package lru

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// tenants runs a cache with two tenants. The quiet one reads keys, some of them much more often than others, and stores what it
// misses. For each of its reads the noisy one stores so many keys that it never asks for. The result is the quiet one's
// share of reads that hit, of those after the first half.
func tenants(t *testing.T, o Options, noise int, seed uint64) (hitRatio float64) {
	t.Helper()
	const keys = 20_000
	reads := scale(50_000)
	o.Shards = 4
	o.Prefixes = append(o.Prefixes, Prefix{Name: "noisy:"})
	c, r, next := newTestCache(t, o), rand.New(rand.NewPCG(seed, 0)), 0
	value := make([]byte, 200)
	hits := 0
	for i := range reads {
		key := fmt.Sprint("quiet:", int(math.Pow(keys, r.Float64()))) // Zipf's law
		if _, ok := c.GetString(nil, key); !ok {
			if err := c.SetString(key, value[:50+len(key)*10], 0); err != nil {
				t.Fatal(err)
			}
		} else if i >= reads/2 {
			hits++
		}
		for range noise {
			next++
			if err := c.SetString(fmt.Sprint("noisy:", next), value[:50+next%150], 0); err != nil {
				t.Fatal(err)
			}
		}
	}
	return float64(hits) / float64(reads/2)
}

// TestTenants checks that a noisy neighbour costs a quiet prefix with a floor at most one point of hit ratio, compared with a cache
// of its own that has as much memory as the floor. What it costs without a floor is shown.
func TestTenants(t *testing.T) {
	seed := testSeed(t)
	for _, p := range []Policy{LRU, S3FIFO, LFU} {
		t.Run(p.String(), func(t *testing.T) {
			t.Parallel()
			const floor, memory, noise = 1 << 20, 4 << 20, 10
			alone := tenants(t, Options{MaxMemory: floor, Policy: p}, 0, seed)
			without := tenants(t, Options{MaxMemory: memory, Policy: p}, noise, seed)
			with := tenants(t, Options{MaxMemory: memory, Policy: p, Prefixes: []Prefix{{Name: "quiet:", Min: floor}}}, noise, seed)
			t.Logf("%v: the quiet prefix hits %.1f%% alone in %d bytes, %.1f%% beside the noisy one in %d bytes, %.1f%% with a floor", p, 100*alone, floor, 100*without, memory, 100*with)
			if with < alone-.01 {
				t.Errorf("the noisy neighbour costs %.1f points", 100*(alone-with))
			}
		})
	}
}
