package lru

import (
	"fmt"
	"testing"
)

// TestUpcoming asks that the entry that leaves is one of those that the order said would, as long as none is used again.
func TestUpcoming(t *testing.T) {
	for _, p := range []Policy{LRU, CLOCK, SIEVE, S3FIFO, LFU} {
		t.Run(p.String(), func(t *testing.T) {
			c := newTestCache(t, Options{MaxEntries: 500, Shards: 1, Policy: p})
			for i := range 2000 {
				key := fmt.Appendf(nil, "key:%d", i)
				if err := c.Set(key, key, 0); err != nil {
					t.Fatal(err)
				}
				if i < 1000 {
					continue
				}
				s := c.Lock(c.Hash(key))
				oldest, oldestNew := s.order.Upcoming(&s.mem)
				off := s.victim()
				s.Unlock()
				if off == 0 || off != oldest && off != oldestNew {
					t.Fatalf("set %d: the entry at %d leaves, expected were %d and %d", i, off, oldest, oldestNew)
				}
			}
		})
	}
}
