package lru

import (
	"bytes"
	"errors"
	"fmt"
	"testing"
	"time"
)

// TestNone fills a cache that evicts nothing: what has no room is refused, and everything that was stored stays as it was.
func TestNone(t *testing.T) {
	now := int64(1_000_000)
	c := newTestCache(t, Options{MaxMemory: 4 << 20, Policy: NONE, Shards: 1, Clock: func() int64 { return now }})
	value := func(i int) []byte { return noise[i%1000:][:300] }
	key := func(i int) []byte { return fmt.Appendf(nil, "key:%d", i) }
	stored := 0
	for ; ; stored++ {
		at := int64(0)
		if stored%2 == 0 {
			at = now + 5000
		}
		if err := c.SetAt(key(stored), value(stored), at); errors.Is(err, ErrFull) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Set(key(1), noise[:30_000], 0); !errors.Is(err, ErrFull) {
		t.Errorf("a longer value for a key that is there: %v", err)
	}
	if _, err := c.Expire(key(1), time.Hour); err != nil {
		t.Errorf("an expiry for an entry that has none: %v", err)
	}
	if err := c.Set(key(3), value(4), 0); err != nil {
		t.Errorf("a value in the place of another one: %v", err)
	}
	have := func(key []byte) error { // what is in another cache
		h := c.Hash(key)
		s := c.Lock(h)
		defer s.Unlock()
		return s.PutOrRemove(h, key, noise[:30_000], 0, now)
	}
	beyond := 0 // the budget
	for have(fmt.Appendf(nil, "more:%d", beyond)) == nil {
		beyond++
	}
	err := have(key(5))
	for i := range beyond {
		c.Delete(fmt.Appendf(nil, "more:%d", i))
	}
	if _, ok := c.Get(nil, key(5)); !errors.Is(err, ErrNoSpace) || ok {
		t.Errorf("a value that replaces what is outdated: %v; the key is there: %v", err, ok)
	}
	for i := range stored {
		want := value(i)
		if i == 3 {
			want = value(4)
		}
		if got, ok := c.Get(nil, key(i)); i != 5 && (!ok || !bytes.Equal(got, want)) {
			t.Fatalf("entry %d of %d: found %v", i, stored, ok)
		}
	}
	if err := c.SetLimits(0, 2<<20); !errors.Is(err, ErrFull) {
		t.Errorf("a smaller limit: %v", err)
	}
	now += 10_000 // what has expired makes room without being looked for by Step
	for i := stored; i < stored+stored/4; i++ {
		if err := c.Set(key(i), value(i), 0); err != nil {
			t.Fatalf("entry %d of %d, when half of all have expired: %v", i, stored, err)
		}
		now++
	}
	if st := c.Stats(); st.Evictions != 2 || beyond == 0 || beyond > 4<<20/16/30_000 {
		t.Errorf("%d evictions, want those of key:5 and of the one that had no room; %d had", st.Evictions, beyond)
	}
	mustCheck(t, c)
}

// TestNoneExpire gives every entry of a full cache that evicts nothing an expiry, for which most slots have no room: that is
// how room is made, and must not be refused for lack of it.
func TestNoneExpire(t *testing.T) {
	for _, shards := range []int{1, 4} {
		now := int64(1_000_000)
		const budget = 8 << 20
		c := newTestCache(t, Options{MaxMemory: budget, Policy: NONE, Shards: shards, Clock: func() int64 { return now }})
		key := func(i int) []byte { return fmt.Appendf(nil, "key:%d", i) }
		stored := 0
		for full := 0; full < 100; stored++ {
			if err := c.Set(key(stored), noise[:stored*7919%700], 0); errors.Is(err, ErrFull) {
				full++
			} else if err != nil {
				t.Fatal(err)
			}
		}
		there := c.Len()
		for i := range stored {
			if _, err := c.Expire(key(i), time.Second); err != nil {
				t.Fatalf("%d shards: the expiry of entry %d of %d: %v", shards, i, stored, err)
			}
		}
		st := c.Stats()
		if st.Expiring != there || st.Evictions != 0 || st.UsedBytes > budget+budget/16 {
			t.Errorf("%d shards: %d entries, %+v", shards, there, st)
		}
		t.Logf("%d shards: %d of %d bytes used", shards, st.UsedBytes, budget)
		now += 2000
		for i := range stored / 2 {
			if err := c.Set(key(stored+i), noise[:300], 0); err != nil {
				t.Fatalf("%d shards: entry %d, when all others have expired: %v", shards, i, err)
			}
			now++
		}
		if st := settle(t, c); st.UsedBytes > budget {
			t.Errorf("%d shards: %d bytes used at the end", shards, st.UsedBytes)
		}
		mustCheck(t, c)
	}
}
