package lru

import (
	"fmt"
	"testing"
)

// TestUpcoming asks that the entry that leaves is the one that the order said would, as long as none is used again.
func TestUpcoming(t *testing.T) {
	for _, p := range []Policy{LRU, CLOCK, SIEVE} {
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
				upcoming := s.order.Upcoming(&s.mem)
				off := s.victim()
				s.Unlock()
				if off == 0 || off != upcoming {
					t.Fatalf("set %d: the entry at %d leaves, expected was %d", i, off, upcoming)
				}
			}
		})
	}
}
