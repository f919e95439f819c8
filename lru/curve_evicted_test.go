package lru

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/lru/shadow"
)

// askedEntries asks a cache of 1,000 entries for a key, stores what is missing, and lets the curve begin to count anew if it wants to.
func askedEntries(t *testing.T, c Shards, key uint64) {
	t.Helper()
	name := fmt.Sprint("key:", key)
	if _, ok := c.GetString(nil, name); !ok {
		if err := c.SetString(name, noise[:10], 0); err != nil {
			t.Fatal(err)
		}
	}
	if c.watch.stale() {
		c.reconsider()
	}
}

// storeUnshown stores so many keys that the curve is not shown.
func storeUnshown(t *testing.T, c Shards, keys int) {
	t.Helper()
	c.watch.shut()
	c.watch.mu.Lock()
	c.watch.curve.Miss()
	c.watch.mu.Unlock()
	for i := range keys {
		if err := c.SetString(fmt.Sprint("unshown:", i), noise[:10], 0); err != nil {
			t.Fatal(err)
		}
	}
	c.watch.reopen()
}

// TestCurveStays: when a cache evicts for the first time, none of the points goes that were given until then, though the curve was not shown
// all that had come.
func TestCurveStays(t *testing.T) {
	c := newTestCache(t, Options{MaxEntries: 1000, Watch: true, NoBackground: true, Seed: testSeed(t)})
	c.watch.most = 1 << 30
	storeUnshown(t, c, 300)
	r := rand.New(rand.NewPCG(1, 1))
	for range 4000 {
		askedEntries(t, c, r.Uint64N(600))
	}
	for i := range 8000 {
		key := r.Uint64N(600)
		if r.IntN(5) == 0 {
			key = 1000 + r.Uint64()>>32
		}
		askedEntries(t, c, key)
		if i%50 > 0 {
			continue
		}
		if points, _, doubt := c.Curve(); len(points) < len(shadow.Times()) {
			t.Fatalf("after %d evictions %d points are given, doubt %d", c.Stats().Evictions, len(points), doubt)
		}
	}
	if n := c.Stats().Evictions; n < 1000 {
		t.Fatalf("%d evictions", n)
	}
}

// TestCurveAfterFlush: after a flush all points are given and right soon, though the curve was not shown what the cache has evicted
// before.
func TestCurveAfterFlush(t *testing.T) {
	const reads = 3000
	o := Options{MaxEntries: 1000, Watch: true, NoBackground: true, Seed: testSeed(t)}
	next := func(r *rand.Rand) uint64 { return uint64(math.Pow(2000, r.Float64())) }
	c := newTestCache(t, o)
	c.watch.most = 100
	c.watch.begun = time.Now().Add(time.Hour) // the slice does not end
	storeUnshown(t, c, 3000)
	c.watch.most = 1 << 30
	r := rand.New(rand.NewPCG(1, 1))
	given := func(reads int) (points []CurvePoint, doubt shadow.Doubt) {
		for range reads {
			askedEntries(t, c, next(r))
		}
		points, _, doubt = c.Curve()
		return points, doubt
	}
	if points, doubt := given(reads); doubt != shadow.Unseen {
		t.Errorf("before the flush %v is given, doubt %d", points, doubt)
	}
	c.Flush()
	points, doubt := given(reads)
	if len(points) != len(shadow.Times()) {
		t.Errorf("after the flush %v is given, doubt %d", points, doubt)
	}
	for _, p := range points {
		o.MaxEntries = int64(1000 * p.Times)
		other, r := newTestCache(t, o), rand.New(rand.NewPCG(1, 1))
		for range reads {
			next(r)
		}
		for range reads {
			askedEntries(t, other, next(r))
		}
		st := other.Stats()
		if want := float64(st.Hits) / reads; math.Abs(p.HitRatio-want) > .01 {
			t.Errorf("%v of the memory: predicted %.4f, measured %.4f", p.Times, p.HitRatio, want)
		}
	}
}
