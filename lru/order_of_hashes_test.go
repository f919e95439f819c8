package lru

import (
	"encoding/binary"
	"math"
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
