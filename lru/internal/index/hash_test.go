package index

import (
	"math/rand/v2"
	"testing"

	"github.com/cespare/xxhash/v2"
)

// TestHash compares the hash with the library's, over every length up to several
// stripes, at every alignment, under many seeds.
func TestHash(t *testing.T) {
	from := rand.Uint64()
	t.Logf("seed %d", from)
	r := rand.New(rand.NewPCG(from, 0))
	noise := make([]byte, 208)
	_, _ = rand.NewChaCha8([32]byte{}).Read(noise)
	for range 20 {
		seed := r.Uint64()
		for n := range 200 {
			key := noise[n%8:][:n]
			var d xxhash.Digest
			d.ResetWithSeed(seed)
			_, _ = d.Write(key)
			if got, want := Hash(seed, key), d.Sum64(); got != want {
				t.Fatalf("seed %d, %d bytes: hash %#x, want %#x", seed, n, got, want)
			}
		}
	}
	if got, want := Hash(0, []byte("key")), xxhash.Sum64String("key"); got != want {
		t.Errorf("seed 0: hash %#x, want %#x", got, want)
	}
}
