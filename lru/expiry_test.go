package lru

import (
	"fmt"
	"math"
	"testing"
	"time"
)

// fakeTime is a clock that a test sets.
type fakeTime struct{ ms int64 }

func (f *fakeTime) Now() int64 { return f.ms }

// fillExpiring sets n keys; number i expires at at(i).
func fillExpiring(t *testing.T, c Shards, n int, at func(i int) int64) {
	t.Helper()
	for i := range n {
		if err := c.SetAt(fmt.Appendf(nil, "key:%d", i), []byte("value"), at(i)); err != nil {
			t.Fatal(err)
		}
	}
}

// TestExpiryMoment asks for entries just before and at their time, by every way
// that finds an entry.
func TestExpiryMoment(t *testing.T) {
	clock := &fakeTime{1000}
	c := newTestCache(t, Options{MaxEntries: 100, Clock: clock.Now})
	key := []byte("key")
	h := c.Hash(key)
	found := map[string]func() bool{
		"Get":    func() bool { _, ok := c.Get(nil, key); return ok },
		"Delete": func() bool { return c.Delete(key) },
		"Scan": func() (ok bool) {
			c.Scan(0, 100, clock.ms, func(Reader, Entry, []byte) { ok = true })
			return ok
		},
		"Random": func() bool { _, ok := c.Random(nil, clock.ms); return ok },
		"Peek": func() bool {
			s := c.Lock(h)
			defer s.Unlock()
			_, ok := s.Peek(h, key, clock.ms)
			return ok
		},
	}
	for name, find := range found {
		for _, at := range []int64{math.MinInt64, -1, 1, 1000, 1001, 1002, math.MaxInt64, 0} {
			if err := c.SetAt(key, []byte("value"), at); err != nil {
				t.Fatal(err)
			}
			if got, want := find(), at == 0 || at > clock.ms; got != want {
				t.Errorf("%s at %d finds an entry that expires at %d: %v", name, clock.ms, at, got)
			}
		}
	}
}

// TestExpiryCounts follows one expired entry through the counters: it counts as
// an entry until something comes upon it, and as one expiration then.
func TestExpiryCounts(t *testing.T) {
	clock := &fakeTime{1000}
	removers := map[string]func(Shards){
		"Get":       func(c Shards) { c.Get(nil, []byte("key:0")) },
		"Delete":    func(c Shards) { c.Delete([]byte("key:0")) },
		"Step":      func(c Shards) { c.Step(time.Hour) },
		"eviction":  func(c Shards) { _ = c.Set([]byte("other"), nil, 0); c.Delete([]byte("other")) },
		"overwrite": func(c Shards) { _ = c.Set([]byte("key:0"), nil, 0); c.Delete([]byte("key:0")) },
	}
	for name, remove := range removers {
		t.Run(name, func(t *testing.T) {
			clock.ms = 1000
			c := newTestCache(t, Options{MaxEntries: 1, Clock: clock.Now})
			fillExpiring(t, c, 1, func(int) int64 { return 1001 })
			if st := c.Stats(); st.Entries != 1 || st.Expiring != 1 || c.Len() != 1 {
				t.Errorf("before: %+v", st)
			}
			clock.ms++
			if st := c.Stats(); st.Entries != 1 || st.Expiring != 1 || st.Expirations != 0 {
				t.Errorf("expired, nobody knows: %+v", st)
			}
			remove(c)
			if st := c.Stats(); st.Entries != 0 || st.Expiring != 0 || st.Expirations != 1 || st.Evictions != 0 {
				t.Errorf("expired and removed: %+v", st)
			}
		})
	}
}

// TestExpiryReclaimed lets a part of many entries expire. Step must remove all
// of these and none else, give memory back, and hold a lock for few at a time.
func TestExpiryReclaimed(t *testing.T) {
	n := scale(100_000)
	for _, every := range []int{1, 2, 100, 5000} {
		t.Run(fmt.Sprint("one in ", every), func(t *testing.T) {
			clock := &fakeTime{1000}
			c := newTestCache(t, Options{MaxMemory: int64(scale(32 << 20)), Shards: 2, Clock: clock.Now})
			fillExpiring(t, c, n, func(i int) int64 {
				switch {
				case i%every == 0:
					return 2000
				case i%3 == 0:
					return 9000
				}
				return 0
			})
			full := c.Stats()
			for c.Step(time.Hour) {
			}
			if st := c.Stats(); st.Entries != full.Entries || st.Expirations != 0 {
				t.Fatalf("removed before their time: %+v", st)
			}
			clock.ms = 2000
			stepAll(t, c)
			expired := int64((n + every - 1) / every)
			st := c.Stats()
			if st.Expirations != expired || st.Entries != full.Entries-expired {
				t.Errorf("%d should have expired: %+v", expired, st)
			}
			if every == 1 && st.UsedBytes > full.UsedBytes/8 {
				t.Errorf("the cache was emptied and holds %d bytes of %d", st.UsedBytes, full.UsedBytes)
			}
		})
	}
}

// stepAll does the work of Step piece by piece until nothing is left of it.
func stepAll(t *testing.T, c Shards) {
	t.Helper()
	for i := range c.table.Load().shards {
		s := &c.table.Load().shards[i]
		most := sweepVisits * s.mem.PageBytes() / 24 // 24 bytes: the smallest entry
		rounds := s.mem.Pages()/sweepVisits + 2      // a step that finds little visits so few pages
		for steps, idle := 0, 0; idle < rounds; steps++ {
			before := s.entries()
			more := s.step(c.Now())
			if gone := before - s.entries(); gone > most {
				t.Fatalf("one step removed %d entries, %d pages hold %d", gone, sweepVisits, most)
			}
			if idle++; more {
				idle = 0
			}
			if steps > 100_000 {
				t.Fatal("the steps do not end")
			}
		}
	}
}

// TestStepLimit checks that Step stops when its time is over, and that the next
// call goes on where it stopped: a busy shard must not keep it from the others.
func TestStepLimit(t *testing.T) {
	clock := &fakeTime{1000}
	c := newTestCache(t, Options{MaxMemory: int64(scale(32 << 20)), Shards: 2, Clock: clock.Now})
	n := scale(50_000)
	fillExpiring(t, c, n, func(int) int64 { return 2000 })
	clock.ms = 3000
	var both bool
	calls := 0
	for ; c.Len() > 0; calls++ {
		if calls > n {
			t.Fatalf("%d entries are left after %d calls", c.Len(), calls)
		}
		c.Step(0)
		both = both || calls > 2 && c.table.Load().shards[0].entries() > 0 && c.table.Load().shards[1].stats.expirations > 0
	}
	if calls < 10 {
		t.Errorf("%d calls of Step with no time removed %d entries", calls, n)
	}
	if !both {
		t.Error("the second shard had to wait for the first")
	}
}
