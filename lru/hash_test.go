package lru

import (
	"math/rand/v2"
	"testing"

	"github.com/cespare/xxhash/v2"
)

// TestHash compares the hash with the library's, over every length up to several
// stripes, at every alignment, under many seeds.
func TestHash(t *testing.T) {
	r := rand.New(rand.NewPCG(testSeed(t), 0))
	for range 20 {
		seed := r.Uint64()
		for n := range 200 {
			key := noise[n%8:][:n]
			var d xxhash.Digest
			d.ResetWithSeed(seed)
			_, _ = d.Write(key)
			if got, want := hashKey(seed, key), d.Sum64(); got != want {
				t.Fatalf("seed %d, %d bytes: hash %#x, want %#x", seed, n, got, want)
			}
		}
	}
	if got, want := hashKey(0, []byte("key")), xxhash.Sum64String("key"); got != want {
		t.Errorf("seed 0: hash %#x, want %#x", got, want)
	}
}

// TestSeed asks that caches hash alike only when they are told the same seed.
func TestSeed(t *testing.T) {
	hash := func(seed uint64) uint64 {
		return newTestCache(t, Options{MaxEntries: 10, Seed: seed}).Hash([]byte("key"))
	}
	if one, two := hash(0), hash(0); one == two {
		t.Error("two caches drew the same seed")
	}
	if one, two := hash(7), hash(7); one != two || one == hash(8) {
		t.Error("the hash does not follow the seed")
	}
}
