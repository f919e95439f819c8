package lru

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/lru/policy"
)

// quietAndNoisy fills a cache with entries of the prefix "quiet:", and then with several times as many of "noisy:" as fit, while a
// few of the quiet ones are used. It returns how many quiet entries are left of those that were stored.
func quietAndNoisy(t *testing.T, c Shards, r *rand.Rand, quiet int) (left int) {
	t.Helper()
	set := func(key string) {
		if err := c.SetString(key, noise[:100+r.IntN(100)], 0); err != nil {
			t.Fatal(err)
		}
	}
	for i := range quiet {
		set(fmt.Sprint("quiet:", i))
	}
	for i := range 30_000 {
		set(fmt.Sprint("noisy:", i))
		if i%20 == 0 {
			c.GetString(nil, fmt.Sprint("quiet:", r.IntN(1+quiet/10)))
		}
	}
	mustCheck(t, c)
	for i := range quiet {
		if _, ok := c.TTL(fmt.Appendf(nil, "quiet:%d", i)); ok {
			left++
		}
	}
	return left
}

// TestFloor checks under each policy that a prefix below its floor loses no entry to another one that fills the cache again and
// again, and that it loses some without a floor: under LFU few, most under others.
func TestFloor(t *testing.T) {
	for _, p := range policy.All() {
		if p == NONE {
			continue
		}
		t.Run(p.String(), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(testSeed(t), 0))
			const quiet = 8000
			for _, floor := range []int64{0, 2 << 20} {
				c := newTestCache(t, Options{MaxMemory: 4 << 20, Shards: 2, Policy: p, Prefixes: []Prefix{{Name: "quiet:", Min: floor}, {Name: "noisy:"}}})
				left := quietAndNoisy(t, c, r, quiet)
				if of := c.Prefixes()[0]; floor > 0 && (left != quiet || of.Evictions != 0) {
					t.Errorf("%d of %d entries are left with a floor: %+v", left, quiet, of)
				} else if floor == 0 && left == quiet {
					t.Errorf("%d of %d entries are left without a floor", left, quiet)
				}
			}
		})
	}
}

// TestFloorWhereOthersCannotGive has entries above the budget of a cache in which all of them are protected: some leave all the same,
// and a prefix that has much more than its floor loses entries down to it.
func TestFloorWhereOthersCannotGive(t *testing.T) {
	c := newTestCache(t, Options{MaxMemory: 4 << 20, Shards: 2, Prefixes: []Prefix{{Name: "a", Min: 2 << 20}, {Name: "b", Min: 2 << 20}}})
	for i := range 40_000 {
		if err := c.SetString(fmt.Sprint([]string{"a", "b"}[i%2], i), noise[:200], 0); err != nil {
			t.Fatal(err)
		}
	}
	mustCheck(t, c)
	if of := c.Prefixes(); of[0].Evictions == 0 || of[1].Evictions == 0 {
		t.Errorf("%+v", of)
	}
	if err := c.SetPrefixes([]Prefix{{Name: "a", Min: 1 << 20}, {Name: "b"}}); err != nil {
		t.Fatal(err)
	}
	for i := range 40_000 {
		if err := c.SetString(fmt.Sprint("b", i), noise[:200], 0); err != nil {
			t.Fatal(err)
		}
	}
	mustCheck(t, c)
	if a := c.Prefixes()[0].Bytes; a < 1<<20-1<<15 || a > 1<<20+1<<18 {
		t.Errorf("%d bytes are left of a floor of %d", a, 1<<20)
	}
}

// TestCeiling checks under each policy that a prefix stays below its ceiling, and loses its own entries for that and no others;
// under NONE it is refused entries. A lower ceiling takes effect in the background.
func TestCeiling(t *testing.T) {
	for _, p := range policy.All() {
		t.Run(p.String(), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(testSeed(t), 0))
			const ceiling = 300_000
			c := newTestCache(t, Options{MaxMemory: 16 << 20, Shards: 4, Policy: p, Prefixes: []Prefix{{Name: "a", Max: ceiling}, {Name: "b"}}})
			full := 0
			for i := range scale(20_000) {
				name := []string{"a", "b"}[r.IntN(2)]
				key := fmt.Sprint(name, r.IntN(10_000))
				if err := c.SetString(key, noise[:r.IntN(400)], 0); err != nil {
					if p != NONE || name == "b" || !errors.Is(err, ErrFull) {
						t.Fatal(err)
					}
					full++
				}
				c.GetString(nil, fmt.Sprint("a", r.IntN(1000)))
				if i%1000 == 0 {
					if of := c.Prefixes()[0]; of.Bytes > ceiling+ceiling/50 { // where too few are found at once, it is above for a while
						t.Fatalf("%+v", of)
					}
				}
			}
			mustCheck(t, c)
			of := c.Prefixes()
			if of[0].Bytes < ceiling*9/10 || of[1].Evictions != 0 || (full > 0) != (p == NONE) {
				t.Errorf("%d writes refused, %+v", full, of)
			}
			if err := c.SetPrefixes([]Prefix{{Name: "a", Max: ceiling / 3}, {Name: "b"}}); err != nil {
				t.Fatal(err)
			}
			for range 20 {
				for c.Step(time.Hour) {
				}
			}
			if of := c.Prefixes()[0]; (of.Bytes > ceiling/3) != (p == NONE) {
				t.Errorf("a lower ceiling: %+v", of)
			}
		})
	}
}
