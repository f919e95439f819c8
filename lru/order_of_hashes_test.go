package lru

import (
	"cmp"
	"encoding/binary"
	"math"
	"slices"
	"testing"
)

// TestOrderOfHashes stores entries in the order in which a walk finds them, as a dump does that is loaded where it was written:
// all of them stay.
func TestOrderOfHashes(t *testing.T) {
	c := newTestCache(t, Options{MaxMemory: 32 << 20, Shards: 2, Seed: testSeed(t)})
	n := int64(scale(100_000))
	for i := range n {
		if err := c.Set(binary.LittleEndian.AppendUint64(nil, uint64(i)), []byte("value"), 0); err != nil {
			t.Fatal(err)
		}
	}
	var keys [][]byte
	for cursor, first := uint64(0), true; first || cursor != 0; first = false {
		cursor = c.Scan(cursor, 1000, math.MinInt64, func(_ Reader, _ Entry, key []byte) { keys = append(keys, append([]byte{}, key...)) })
	}
	c.FlushThen(func() {})
	for _, key := range keys {
		if err := c.Set(key, []byte("value"), 0); err != nil {
			t.Fatal(err)
		}
	}
	mustCheck(t, c)
	if st := c.Stats(); st.Entries != n || st.Evictions != 0 {
		t.Errorf("%d of %d entries are left, %d were evicted", st.Entries, n, st.Evictions)
	}
}

// TestFirstOfManyHashes stores the first of very many keys in the order of their hashes, as the load of a dump begins with them in each
// shard: their hashes are equal in more bits than so few entries would justify a directory for. All of them stay.
func TestFirstOfManyHashes(t *testing.T) {
	const all, part = 4_000_000, 256
	key := func(i uint64) []byte { return binary.LittleEndian.AppendUint64(nil, i) }
	for name, o := range map[string]Options{"bytes": {MaxMemory: all * 64}, "entries": {MaxEntries: all}} {
		t.Run(name, func(t *testing.T) {
			o.Shards, o.Seed = 1, testSeed(t)
			c := newTestCache(t, o)
			var first []uint64
			for i := range uint64(all) {
				if c.hash(key(i)) < math.MaxUint64/part {
					first = append(first, i)
				}
			}
			slices.SortFunc(first, func(a, b uint64) int { return cmp.Compare(c.hash(key(a)), c.hash(key(b))) })
			for _, i := range first {
				if err := c.Set(key(i), []byte("value"), 0); err != nil {
					t.Fatal(err)
				}
			}
			mustCheck(t, c)
			if st := c.Stats(); st.Entries != int64(len(first)) || st.Evictions != 0 {
				t.Errorf("%d of %d entries are left, %d were evicted", st.Entries, len(first), st.Evictions)
			}
		})
	}
}
