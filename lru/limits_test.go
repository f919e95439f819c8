package lru

import (
	"encoding/binary"
	"fmt"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/lru/internal/index"
)

// TestSetLimits lowers and raises the budgets of a full cache. It must shrink to
// the most recently used entries, step by step, and grow again.
func TestSetLimits(t *testing.T) {
	for _, shards := range []int{1, 8} {
		t.Run(fmt.Sprint(shards, " shards"), func(t *testing.T) {
			c := newTestCache(t, Options{MaxMemory: 32 << 20, Shards: shards})
			n := uint64(0)
			fill := func(count int) {
				for range count {
					if err := c.Set(benchKey(nil, n), noise[:200], 0); err != nil {
						t.Fatal(err)
					}
					n++
				}
			}
			settle := func() Stats {
				for c.Step(time.Hour) {
				}
				mustCheck(t, c)
				return c.Stats()
			}
			fill(12_000)
			for _, limit := range []struct{ entries, memory int64 }{
				{0, 2 << 20}, {1500, 0}, {300, 2 << 20}, {0, 1 << 20}, {0, 0},
			} {
				if err := c.SetLimits(limit.entries, limit.memory); err != nil {
					t.Fatal(err)
				}
				for range 2 { // at once, and after more was stored
					st := settle()
					if limit.memory > 0 && st.UsedBytes > limit.memory {
						t.Errorf("%+v: %d bytes used", limit, st.UsedBytes)
					}
					if limit.entries > 0 && st.Entries > limit.entries {
						t.Errorf("%+v: %d entries", limit, st.Entries)
					}
					want := limit.memory
					if limit.entries|limit.memory == 0 {
						want = AvailableMemory() / 4 // as New has it
					}
					if st.MaxEntries != limit.entries || st.MaxMemory != want {
						t.Errorf("%+v: Stats shows %d and %d", limit, st.MaxEntries, st.MaxMemory)
					}
					if shards == 1 {
						newestStay(t, c, n, st.Entries)
					}
					fill(3_000)
				}
			}
			if st := settle(); st.Entries < 6000 {
				t.Errorf("without limits %d entries are there of 6000 set last", st.Entries)
			}
		})
	}
}

// newestStay asks for exactly the count entries set last, of n in all.
func newestStay(t *testing.T, c Shards, n uint64, count int64) {
	t.Helper()
	for i := range n {
		key := benchKey(nil, i)
		h := c.Hash(key)
		s := c.Lock(h)
		_, ok := s.Peek(h, key, 1)
		s.Unlock()
		if want := int64(n-i) <= count; ok != want {
			t.Fatalf("entry %d of %d is there: %v, but %d entries are", i, n, ok, count)
		}
	}
}

// TestCollidingKeys stores keys whose hashes begin alike, which someone who knows the seed could prepare. The index must
// not grow out of proportion to the budget, and the cache must go on.
func TestCollidingKeys(t *testing.T) {
	const seed, alike = 12345, 14
	c := newTestCache(t, Options{MaxMemory: 4 << 20, Shards: 1, Seed: seed})
	stored := 0
	key := make([]byte, 8)
	for i := uint64(0); stored < 4*c.table.Load().shards[0].index.SegmentEntries(); i++ {
		binary.LittleEndian.PutUint64(key, i)
		if index.Hash(seed, key)>>(64-alike) != 0 {
			continue
		}
		if err := c.Set(key, key, 0); err != nil {
			t.Fatal(err)
		}
		if v, ok := c.Get(nil, key); !ok || string(v) != string(key) {
			t.Fatalf("key %d is not found after it was set", i)
		}
		stored++
	}
	st := c.Stats()
	t.Logf("%d keys alike in %d bits: %d entries stay, %d bytes, directory of 2^%d",
		stored, alike, st.Entries, st.UsedBytes, c.table.Load().shards[0].index.Depth())
	if st.Evictions == 0 || st.Entries < int64(c.table.Load().shards[0].index.SegmentEntries())/2 {
		t.Errorf("of %d colliding keys %d were evicted, %d stay", stored, st.Evictions, st.Entries)
	}
	if depth := c.table.Load().shards[0].index.Depth(); depth > 13 {
		t.Errorf("the directory has 2^%d slots", depth)
	}
}
