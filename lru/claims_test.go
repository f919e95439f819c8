package lru

import (
	"fmt"
	"testing"
)

// TestClaimsAddUp fills a cache with a budget of entries and one of bytes, where the bytes decide: evictions for memory
// must not lose what is left of the budget of entries.
func TestClaimsAddUp(t *testing.T) {
	c := newTestCache(t, Options{MaxEntries: 4450, MaxMemory: 4 << 20, Shards: 2})
	for i := range 200_000 {
		if err := c.Set(fmt.Appendf(nil, "key:%d", i), noise[:500+i%1000], 0); err != nil {
			t.Fatal(err)
		}
	}
	tb := c.table.Load()
	left := tb.shared.entries.total - int64(len(tb.shards))*tb.shared.entries.each
	for i := range tb.shards {
		s := &tb.shards[i]
		t.Logf("shard %d has %d entries of %d", i, s.entries(), tb.shared.entries.each)
		left -= max(0, s.entries()-tb.shared.entries.each)
	}
	if got := tb.shared.entries.common.Load(); got != left {
		t.Errorf("%d entries are left for all shards, want %d", got, left)
	}
}
