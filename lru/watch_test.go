package lru

import (
	"fmt"
	"testing"
	"time"
)

// watched returns a cache with keys that its simulations know, too, and how many they know.
func watched(t *testing.T, o Options, keys int) (c Shards, key func(i int) []byte, known func() int) {
	o.Watch, o.NoBackground = true, true
	c = newTestCache(t, o)
	c.watch.most = 1 << 30
	key = func(i int) []byte { return fmt.Appendf(nil, "key:%d", i) }
	for i := range keys {
		if err := c.Set(key(i), noise[:100], time.Duration(i%2)*time.Minute); err != nil {
			t.Fatal(err)
		}
	}
	known = func() int {
		c.watch.mu.Lock()
		defer c.watch.mu.Unlock()
		return c.watch.curve.Bank().Keys()
	}
	if n := known(); n != keys {
		t.Fatalf("the simulations know %d of %d keys", n, keys)
	}
	return c, key, known
}

// shut ends a slice of a watch.
func (w *watch) shut() { w.threshold.Store(0) }

// reopen begins one.
func (w *watch) reopen() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.open()
}

// TestWatchFlush empties a cache in each way: its simulations have nothing left that could be read.
func TestWatchFlush(t *testing.T) {
	const keys = 1000
	for name, flush := range map[string]func(c Shards){
		"Flush":     func(c Shards) { c.Flush() },
		"FlushThen": func(c Shards) { c.FlushThen(func() {}) },
		"Locked": func(c Shards) {
			var l Locked
			c.WantEvery(&l)
			c.LockWanted(&l)
			l.Flush()
			l.Unlock()
		},
		"a generation of none": func(c Shards) {
			c.BeginGeneration()
			for next, _ := c.Sweep(0, 100); next != 0; {
				next, _ = c.Sweep(next, 100)
			}
		},
	} {
		for _, p := range []Policy{LRU, AUTO} {
			t.Run(fmt.Sprint(name, ", ", p), func(t *testing.T) {
				c, key, known := watched(t, Options{MaxMemory: 8 << 20, Policy: p}, keys)
				c.Get(nil, key(1))
				flush(c)
				if n := known(); n != 0 {
					t.Errorf("%d keys are in the simulations of an empty cache", n)
				}
				for i := range keys {
					c.Get(nil, key(i))
				}
				for i, n := range c.watch.curve.Bank().Counts() {
					if n.Hits != 1 {
						t.Errorf("simulation %d had %v hits, want the one before", i, n.Hits)
					}
				}
			})
		}
	}
}

// TestWatchRemovals removes keys while nothing else is shown to the simulations: what was removed, or has expired, and was not stored
// again, leaves them.
func TestWatchRemovals(t *testing.T) {
	const keys = 300
	now := int64(1e12)
	c, key, known := watched(t, Options{MaxMemory: 8 << 20, Clock: func() int64 { return now }}, keys)
	c.watch.shut()
	for i := 0; i < keys; i += 4 { // a quarter, and a third of these is there again
		c.Delete(key(i))
		if i%3 == 0 {
			if err := c.Set(key(i), noise[:100], 0); err != nil {
				t.Fatal(err)
			}
		}
	}
	now += 2 * time.Minute.Milliseconds()
	for c.Stats().Entries > keys/2-keys/4+keys/12 {
		c.Step(time.Second)
	}
	c.watch.reopen()
	// Keys may share their bits with others.
	if n, want := known(), int(c.Stats().Entries); n > want+5 || n < want-5 {
		t.Errorf("%d keys are in the simulations, %d in the cache", n, want)
	}
}

// TestWatchRemovalsFew removes many keys: the simulations are not bothered with more than a slice has, and know it later.
func TestWatchRemovalsFew(t *testing.T) {
	const keys, most = 300, 50
	c, key, known := watched(t, Options{MaxMemory: 8 << 20}, keys)
	c.watch.most, c.watch.seen, c.watch.begun = most, 0, time.Now().Add(time.Hour) // the slice does not end
	for i := range keys {
		c.Delete(key(i))
	}
	if n := known(); n != keys-most {
		t.Errorf("of %d removals %d were shown, want %d", keys, keys-n, most)
	}
	if c.watch.reopen(); known() != 0 {
		t.Errorf("%d keys are in the simulations of an empty cache", known())
	}
}

// TestWatchSmallerCache gives a cache whose simulations know a small part of the keys much less memory: they know most keys again.
func TestWatchSmallerCache(t *testing.T) {
	o := Options{MaxMemory: 64 << 20, Policy: AUTO, Watch: true, NoBackground: true}
	c := newTestCache(t, o)
	c.watch.most = 1 << 30
	ask := func(keys int) {
		for i := range keys {
			k := fmt.Appendf(nil, "key:%d", i)
			if _, ok := c.Get(nil, k); !ok {
				if err := c.Set(k, noise[:100], 0); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	ask(200_000)
	before := c.watch.curve.Bank().Rate()
	if err := c.SetLimits(0, 1<<20); err != nil {
		t.Fatal(err)
	}
	ask(5_000)
	for _, b := range c.watch.banks {
		if b.Rate() < 1 || b.Keys() < 5000 || before > 1./8 {
			t.Errorf("a rate of %v of 200,000 keys, and of %v of 5,000: %d", before, b.Rate(), b.Keys())
		}
	}
	if c.watch.threshold.Load() != ^uint64(0) || c.watch.sample.Load() != ^uint64(0) {
		t.Error("not all requests are shown")
	}
}

// TestWatchedSize: what the simulations take for the size of a full cache is what its entries take, within a 40th.
func TestWatchedSize(t *testing.T) {
	for _, sizes := range []int{1, 200} {
		c := newTestCache(t, Options{MaxMemory: 4 << 20, Watch: true, Prefixes: []Prefix{{Name: "k"}}})
		for i := range 60_000 {
			if err := c.Set(fmt.Append(nil, "k", i), noise[:50+i*7919%sizes], 0); err != nil {
				t.Fatal(err)
			}
		}
		if c.Stats().Evictions == 0 {
			t.Fatal("it is not full")
		}
		held, size := c.Prefixes()[0].Bytes, c.watch.size
		t.Logf("%d sizes: the entries take %d bytes, the simulations have %d", sizes, held, size)
		if off := float64(size-held) / (4 << 20); off < -1./40 || off > 1./40 {
			t.Errorf("%d sizes: the entries take %d bytes, the simulations have %d", sizes, held, size)
		}
	}
}
