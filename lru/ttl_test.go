package lru

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// TestTTLNearness stores entries that end at random moments, or each after those before it, so that entries of one page end
// at nearly the same time, and some that do not end. It compares what is left with what would be left if the entry that ends
// soonest were always the one to leave.
func TestTTLNearness(t *testing.T) {
	r := rand.New(rand.NewPCG(testSeed(t), 0))
	random := func(int) int64 { return 1000 + r.Int64N(1_000_000) }
	inTurn := func(i int) int64 { return 1000 + int64(i) }
	t.Run("random/10", func(t *testing.T) { testTTLNearness(t, r, 10, random) })
	t.Run("random/1000", func(t *testing.T) { testTTLNearness(t, r, 1000, random) })
	t.Run("random/20000", func(t *testing.T) { testTTLNearness(t, r, 20_000, random) })
	t.Run("in turn/10", func(t *testing.T) { testTTLNearness(t, r, 10, inTurn) })
}

func testTTLNearness(t *testing.T, r *rand.Rand, size int, end func(i int) int64) {
	n := max(scale(400_000)*10/(size+10), 3*MinMemory/(size+60)) // twice as many as there is room for
	c := newTestCache(t, Options{MaxMemory: max(int64(n)*int64(size+60)/2, MinMemory), Shards: 1, Policy: TTL, Clock: func() int64 { return 1 }})
	ends := map[string]int64{}
	forever := 0
	for i := range n {
		key := fmt.Sprint("key:", i)
		if i%10 == 0 {
			forever++
		} else {
			ends[key] = end(i)
		}
		if err := c.SetAt([]byte(key), noise[:size], ends[key]); err != nil {
			t.Fatal(err)
		}
	}
	// The share of pairs of an entry that left and a random one that stayed in which that one ends later.
	var stayed, gone []int64
	kept := 0
	for key := range c.Keys() {
		at, ok := ends[string(key)]
		if !ok {
			kept++
			continue
		}
		stayed = append(stayed, at)
		delete(ends, string(key))
	}
	for _, at := range ends {
		gone = append(gone, at)
	}
	if len(gone) == 0 || len(stayed) == 0 {
		t.Fatalf("%d of %d entries are left", len(stayed), n)
	}
	right, pairs := 0, 100_000
	for range pairs {
		if gone[r.IntN(len(gone))] <= stayed[r.IntN(len(stayed))] {
			right++
		}
	}
	share := float64(right) / float64(pairs)
	t.Logf("values of %d bytes: %d entries left, %d stayed, %d of %d that do not end; the right one left in %.2f%% of pairs", size, len(gone), len(stayed), kept, forever, 100*share)
	if kept != forever {
		t.Errorf("values of %d bytes: %d entries that do not end are gone, though others are there", size, forever-kept)
	}
	if share < .97 {
		t.Errorf("values of %d bytes: the right one left in %.2f%% of pairs", size, 100*share)
	}
	mustCheck(t, c)
}
