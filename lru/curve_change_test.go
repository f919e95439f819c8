package lru

import (
	"fmt"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/lru/shadow"
)

// TestCurveFollows changes what a curve is of: reads before another budget or policy do not count, nor, in the end, those
// of another time.
func TestCurveFollows(t *testing.T) {
	c := newTestCache(t, Options{MaxMemory: 8 << 20, Watch: true})
	c.watch.most = 1 << 30
	const keys = 2000
	key := func(i int) []byte { return fmt.Appendf(nil, "key:%d", i) }
	for i := range keys {
		if err := c.Set(key(i), noise[:100], 0); err != nil {
			t.Fatal(err)
		}
	}
	reads := func(from int) {
		for i := range 10 * keys {
			c.Get(nil, key(from+i%keys))
		}
	}
	today := func() (hits, sampled float64) {
		points, sampled, _ := c.Curve()
		if sampled > 0 && len(points) != len(shadow.Times()) {
			t.Fatalf("predicted %v by %.0f reads", points, sampled)
		}
		if len(points) == 0 {
			return 0, sampled
		}
		return points[2].HitRatio, sampled
	}
	for name, change := range map[string]func() error{
		"another budget": func() error { return c.SetLimits(0, 16<<20) },
		"another policy": func() error { return c.SetPolicy(SIEVE) },
	} {
		reads(keys) // all miss
		if hits, _ := today(); hits > .8 {
			t.Fatalf("before %s: predicted %.3f, half of the reads missed", name, hits)
		}
		if err := change(); err != nil {
			t.Fatal(err)
		}
		if _, sampled := today(); sampled > 0 {
			t.Errorf("after %s, %.0f reads still count", name, sampled)
		}
		reads(0) // all hit
		if hits, _ := today(); hits < .99 {
			t.Errorf("after %s: predicted %.3f, all reads hit", name, hits)
		}
	}
	_, before := today()
	c.watch.faded = time.Now().Add(-2 * fadeEvery)
	today()
	if _, after := today(); after != before/2 {
		t.Errorf("after an hour, %.0f reads count, which were %.0f", after, before)
	}
}
