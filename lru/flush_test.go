package lru

import (
	"testing"
	"time"
)

// TestFlush empties a cache of many entries: that must take no longer than for
// few, everything must be gone, and the memory must go back to the system.
func TestFlush(t *testing.T) {
	n := uint64(scale(200_000))
	c := newTestCache(t, Options{MaxMemory: 256 << 20})
	before := resident(t)
	key, fastest := make([]byte, 0, 16), time.Hour
	for round := range 2 {
		for i := range n {
			if err := c.Set(benchKey(key, i), noise[:32], 0); err != nil {
				t.Fatal(err)
			}
		}
		filled, counts := resident(t), c.Stats()
		start := time.Now()
		c.Flush()
		took := time.Since(start)
		fastest = min(fastest, took)
		st := c.Stats()
		if st.Entries != 0 || st.LiveBytes != 0 || st.UsedBytes > 1<<20 {
			t.Errorf("after the flush: %+v", st)
		}
		if st.Sets != counts.Sets || st.Deletes != 0 || st.Evictions != 0 {
			t.Errorf("a flush must not count as anything else: %+v", st)
		}
		if _, ok := c.Get(nil, benchKey(key, 1)); ok {
			t.Error("a key is still found")
		}
		for c.Step(time.Hour) {
		}
		after := resident(t)
		t.Logf("round %d: %d entries flushed in %v; resident %d MB before, %d MB full, %d MB after",
			round, n, took, before>>20, filled>>20, after>>20)
		if back := filled - after; !poisonFreed && back < int64(n)*48 {
			t.Errorf("of %d MB only %d MB went back to the system", (filled-before)>>20, back>>20)
		}
	}
	// One by one it would be 30 ns an entry at the very least.
	if fastest > time.Duration(n)*30 {
		t.Errorf("the flush of %d entries took %v", n, fastest)
	}
}

// TestFlushWhileFilling flushes again and again before the memory of the last
// flush is given back: what is stored anew must not be given back with it.
func TestFlushWhileFilling(t *testing.T) {
	c := newTestCache(t, Options{MaxMemory: 16 << 20, Shards: 4})
	key := make([]byte, 0, 16)
	for round := range 10 {
		n := uint64(scale(50_000) / (round%3 + 1))
		for i := range n {
			if err := c.Set(benchKey(key, i), noise[i%1000:][:32], 0); err != nil {
				t.Fatal(err)
			}
			if i%1000 == 0 {
				c.Step(0)
			}
		}
		mustCheck(t, c)
		for i := range n {
			if v, ok := c.Get(nil, benchKey(key, i)); !ok || string(v) != string(noise[i%1000:][:32]) {
				t.Fatalf("round %d: entry %d is lost", round, i)
			}
		}
		c.Flush()
	}
}

// TestFlushGivesClaimsBack flushes caches that are full by either budget: each
// time after, as much fits as at first, also into shards that hold more than their
// guarantee. mustCheck counts what the budgets have left.
func TestFlushGivesClaimsBack(t *testing.T) {
	for name, o := range map[string]Options{
		"entries": {MaxEntries: 2000, MaxMemory: 64 << 20, Shards: 16},
		"memory":  {MaxMemory: 2 << 20, Shards: 4},
	} {
		t.Run(name, func(t *testing.T) {
			c := newTestCache(t, o)
			var first int64
			for round := range 4 {
				for i := range uint64(8_000) {
					if err := c.Set(benchKey(nil, i), noise[:300], 0); err != nil {
						t.Fatal(err)
					}
				}
				mustCheck(t, c)
				n := c.Len()
				if first = max(first, n); n < first*99/100 {
					t.Errorf("round %d: %d entries fit, at first %d", round, n, first)
				}
				if o.MaxEntries > 0 && n != o.MaxEntries {
					t.Errorf("round %d: %d entries are held of %d allowed", round, n, o.MaxEntries)
				}
				if c.Flush(); round%2 == 0 {
					c.FlushThen(func() {})
				}
				mustCheck(t, c)
			}
		})
	}
}
