package policies

import (
	"math"
	"testing"

	"github.com/cachegopher/cachegopher/lru/shadow"
)

// TestCurve compares the predicted curve with simulations of whole caches.
func TestCurve(t *testing.T) {
	names := []string{"web12", "lirs-multi3"}
	if long {
		names = append(names, "web07", "lirs-sprite", "lirs-2_pools", "lirs-loop", "cloudphysics", "adapt-size", "arc-oltp", "orm-night", "arc-p3")
	}
	for _, name := range names {
		r := load(t, name)
		for _, share := range []float64{.01, .1} {
			objects := r.Objects(share)
			for _, rule := range []shadow.Rule{{Kind: shadow.LRU}, {Kind: shadow.S3FIFO}, shadow.First()} {
				got, rate := r.Curve(rule, objects)
				worst, at := 0.0, 0.0
				for i, times := range shadow.Times() {
					want := r.Fixed(rule, int(times*float64(objects)), 0)
					if d := math.Abs(got[i] - want); d > worst {
						worst, at = d, times
					}
				}
				t.Logf("%-12s %6d objects, %v: off by %.2f points at most, with %v of the memory, by 1 in %.0f keys", name, objects, rule, worst, at, 1/rate)
				if worst > 1 {
					t.Errorf("%s, %d objects, %v: off by %.2f points with %v of the memory", name, objects, rule, worst, at)
				}
			}
		}
	}
}
