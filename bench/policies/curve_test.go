package policies

import (
	"math"
	"testing"

	"github.com/cachegopher/cachegopher/lru/shadow"
)

// TestCurve compares the curve with simulations of whole caches: no point that is given is off by more than a hundredth of the
// reads, in the long traces hardly one: docs/notes/eviction.md says which. Under AUTO the other caches change their rules when
// the predicting one does.
func TestCurve(t *testing.T) {
	names, shares := []string{"web12", "lirs-multi3"}, []float64{.01, .1}
	if long {
		names = append(names, "web07", "lirs-sprite", "lirs-2_pools", "lirs-loop", "cloudphysics", "adapt-size", "arc-oltp", "orm-night", "arc-p3")
		shares = append(shares, .3)
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			r := load(t, name)
			for _, share := range shares {
				objects := r.Objects(share)
				for _, rule := range []shadow.Rule{{Kind: shadow.LRU}, {Kind: shadow.S3FIFO}, shadow.First()} {
					r.compareCurve(t, name+", "+rule.String(), []Change{{0, rule}}, objects)
				}
				if long {
					_, rules := r.Auto(objects, 0)
					r.compareCurve(t, name+", AUTO", rules, objects)
				}
			}
		})
	}
}

// compareCurve checks the curve of a cache of so many objects that evicts by these rules; of says what this is of.
func (r *Requests) compareCurve(t *testing.T, of string, rules []Change, objects int) {
	got := r.Curve(rules, objects)
	worst, at, given := 0., 0., 0
	for i, times := range shadow.Times() {
		off := math.Abs(got.Misses[i] - r.Followed(rules, int(times*float64(objects))))
		if got.Doubts[i] != shadow.Certain {
			t.Logf("%s, %d objects: with %v of the memory not given (%d), off by %.2f", of, objects, times, got.Doubts[i], off)
			continue
		}
		if given++; off >= worst {
			worst, at = off, times
		}
	}
	t.Logf("%s, %d objects: %d points, off by %.2f at most, with %v of the memory; 1 in %.0f keys, %d changes", of, objects, given, worst, at,
		1/got.Rate, len(rules)-1)
	most := 1.
	if long {
		most = 1.15
	}
	if worst > most {
		t.Errorf("%s, %d objects: off by %.2f points with %v of the memory", of, objects, worst, at)
	}
}
