package lru

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

func sweepAll(c Shards) (removed int) {
	for cursor := uint64(0); ; {
		next, n := c.Sweep(cursor, 50)
		removed += n
		if cursor = next; cursor == 0 {
			return removed
		}
	}
}

func uniteAll(c Shards) {
	for cursor := c.Unite(0, 50); cursor != 0; cursor = c.Unite(cursor, 50) {
	}
}

// TestGenerations brings a cache to other contents again and again, some times
// giving up half way, and compares with a map.
func TestGenerations(t *testing.T) {
	seed := rand.Uint64()
	rnd := rand.New(rand.NewPCG(seed, 1))
	t.Logf("seed %d", seed)
	cache, err := New(Options{MaxEntries: 1 << 20, Shards: 4, NoBackground: true})
	if err != nil {
		t.Fatal(err)
	}
	c := cache.Shards()
	defer c.Close()
	have := map[string]string{}
	unfinished := false
	for round := range 30 {
		if unfinished {
			uniteAll(c)
		}
		c.BeginGeneration()
		want := map[string]string{}
		for range rnd.IntN(scale(20_000)) {
			k, v := fmt.Sprintf("key%d", rnd.IntN(scale(30_000))), fmt.Sprint("v", round, "-", rnd.IntN(10))
			if rnd.IntN(100) == 0 {
				v = string(make([]byte, rnd.IntN(20000)))
			}
			at := int64(0)
			if rnd.IntN(3) == 0 {
				at = c.Now() + 1<<40
			}
			if err := c.SetAt([]byte(k), []byte(v), at); err != nil {
				t.Fatal(err)
			}
			want[k], have[k] = v, v
			if rnd.IntN(50) == 0 {
				c.Delete([]byte(k))
				delete(want, k)
				delete(have, k)
			}
		}
		if unfinished = rnd.IntN(3) == 0; !unfinished {
			stale := len(have) - len(want)
			if n := sweepAll(c); n != stale {
				t.Fatalf("round %d: swept %d entries, want %d", round, n, stale)
			}
			have = want
		}
		if err := c.Check(); err != nil {
			t.Fatal(err)
		}
		if int(c.Len()) != len(have) {
			t.Fatalf("round %d: %d entries, want %d", round, c.Len(), len(have))
		}
		for k, v := range have {
			if got, ok := c.Get(nil, []byte(k)); !ok || string(got) != v {
				t.Fatalf("round %d: %s is %.20q, want %.20q", round, k, got, v)
			}
		}
	}
}

// TestVisit sees every entry, calling done once for each hold of a lock.
func TestVisit(t *testing.T) {
	cache, err := New(Options{MaxEntries: 1 << 20, Shards: 4, NoBackground: true})
	if err != nil {
		t.Fatal(err)
	}
	c := cache.Shards()
	defer c.Close()
	for i := range 5000 {
		if err := c.Set(fmt.Appendf(nil, "key%d", i), make([]byte, i%300), 0); err != nil {
			t.Fatal(err)
		}
	}
	seen := map[string]bool{}
	for cursor, first := uint64(0), true; first || cursor != 0; first = false {
		n, done := 0, false
		cursor = c.Visit(cursor, c.Now(), func(_ Reader, _ Entry, key []byte) { seen[string(key)] = true; n++ },
			func() bool { return n >= 20 }, func() { done = true })
		if !done || n > 20+12*4 {
			t.Fatalf("a step saw %d entries, done %v", n, done)
		}
	}
	if len(seen) != 5000 {
		t.Fatalf("saw %d of 5000", len(seen))
	}
}
