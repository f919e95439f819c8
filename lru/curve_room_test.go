package lru

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/lru/shadow"
)

// besideCeiling returns the hit ratio of a cache that is never full, and the cache. It is asked for keys of two prefixes: "large:" loses
// entries to its ceiling; "room:" loses none, and of its reads three in ten are for what nobody has stored. Some requests are not shown
// to the simulations, as where there are many of them. Reads count from request from on; if it is 0, from where those of the curve do,
// which is returned: by other reads, chance alone would make a difference of nearly a point now and then.
func besideCeiling(t *testing.T, seed uint64, times float64, from int) (hitRatio float64, c Shards, counted int) {
	t.Helper()
	const room, requests = 3000, 60_000
	c = newTestCache(t, Options{MaxMemory: int64(times * (8 << 20)), Shards: 4, Watch: true, Seed: seed,
		Prefixes: []Prefix{{Name: "large:", Max: 1 << 20}, {Name: "room:"}}})
	c.watch.most = 1 << 30
	r, z := rand.New(rand.NewPCG(seed, 0)), newZipf(20_000, .9)
	var before Stats
	for i := range requests {
		switch i {
		case requests / 4:
			c.watch.shut()
			c.watch.curve.Miss()
		case requests / 3:
			c.watch.reopen()
		}
		if i%1000 == 0 {
			c.Step(time.Millisecond) // the curve may begin to count anew
			if i == from || from == 0 && i > requests/3 && c.watch.curve.Bank().Gets() == 0 {
				counted, before = i, c.Stats()
			}
		}
		key, stored := fmt.Sprint("large:", z.draw(r)), true
		if n := r.IntN(2 * room * 10 / 7); n < room*10/7 {
			key, stored = fmt.Sprint("room:", n), n < room
		}
		if _, ok := c.GetString(nil, key); ok || !stored {
			continue
		}
		if err := c.SetString(key, noise[:100+len(key)*10], 0); err != nil {
			t.Fatal(err)
		}
	}
	st := c.Stats()
	if st.Evictions == 0 || counted == 0 {
		t.Fatalf("the ceiling made %d entries leave, reads count from request %d on", st.Evictions, counted)
	}
	hits, misses := st.Hits-before.Hits, st.Misses-before.Misses
	return float64(hits) / float64(hits+misses), c, counted
}

// TestCurveBesideCeiling: all points are given, and right, of a cache that has room for more, but not for a prefix that is at its ceiling.
func TestCurveBesideCeiling(t *testing.T) {
	if poisonFreed {
		t.Skip("SKIPPED: too slow for enough reads to compare")
	}
	seed := testSeed(t)
	_, c, from := besideCeiling(t, seed, 1, 0)
	points, sampled, doubt := c.Curve()
	if len(points) != len(shadow.Times()) {
		t.Fatalf("of %.0f reads only %v is predicted, by doubt %d", sampled, points, doubt)
	}
	for _, p := range c.Prefixes() {
		if len(p.Points) != len(points) {
			t.Errorf("of %s only %v is predicted, by doubt %d", p.Name, p.Points, p.Doubt)
		}
	}
	for _, p := range points {
		if p.Times != .5 && p.Times != 1 && p.Times != 4 {
			continue
		}
		want, _, _ := besideCeiling(t, seed, p.Times, from)
		t.Logf("%v of the memory: predicted %.4f by %.0f reads, measured %.4f", p.Times, p.HitRatio, sampled, want)
		if math.Abs(p.HitRatio-want) > .01 {
			t.Errorf("%v of the memory: predicted %.4f by %.0f reads, measured %.4f", p.Times, p.HitRatio, sampled, want)
		}
	}
}

// TestShown: the curve is told that it has seen all evictions of the prefixes, unless there were too many between slices; then not before
// a flush.
func TestShown(t *testing.T) {
	c := newTestCache(t, Options{MaxMemory: 8 << 20, Watch: true})
	give := func(all ...Prefix) {
		t.Helper()
		if err := c.SetPrefixes(all); err != nil {
			t.Fatal(err)
		}
	}
	store := func(want ...bool) {
		t.Helper()
		for i := range 2000 {
			for _, start := range []string{"a:", "b:", "other:"} {
				if err := c.SetString(fmt.Sprint(start, i), noise[:100], 0); err != nil {
					t.Fatal(err)
				}
			}
		}
		c.watch.mu.Lock()
		defer c.watch.mu.Unlock()
		if got := c.watch.shown(); !slices.Equal(got, want) {
			t.Errorf("of others and of each prefix, all evictions were shown: %v, want %v", got, want)
		}
	}
	c.watch.most = 1 << 30
	give(Prefix{Name: "a:", Max: 1 << 16}, Prefix{Name: "b:"})
	store(true, true, true)
	c.watch.shut()
	store(true, true, true)
	c.watch.most = c.watch.between + 100
	store(true, false, true)
	c.watch.reopen()
	store(true, false, true)
	give(Prefix{Name: "b:"})
	store(false, false)
	c.Flush()
	store(true, true)
}
