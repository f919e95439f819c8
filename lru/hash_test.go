package lru

import "testing"

// TestSeed: caches hash alike only if they are given the same seed.
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
