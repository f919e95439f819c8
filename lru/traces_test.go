//go:build !race

// One goroutine works here, in which the race detector finds nothing and for which it needs half a minute.

package lru

import (
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/cachegopher/cachegopher/bench/policies"
	"github.com/cachegopher/cachegopher/lru/shadow"
)

// replayed is the share of misses, in percent, from a request on, of a cache of so many entries that is asked for all keys.
// All of them are watched, and AUTO thinks at once.
func replayed(t *testing.T, r *policies.Requests, u use, objects, from int) (misses float64, changes int64) {
	c := newTestCache(t, Options{MaxEntries: int64(objects), Policy: u.policy, Seed: 1})
	if u.policy != AUTO {
		c.limits.Lock()
		c.setUse(u)
		c.limits.Unlock()
	}
	c.watch.most = math.MaxInt
	var key [4]byte
	n := 0
	for i, k := range r.Keys {
		binary.LittleEndian.PutUint32(key[:], uint32(k))
		if _, ok := c.Get(nil, key[:]); !ok {
			if err := c.Set(key[:], nil, 0); err != nil {
				t.Fatal(err)
			}
			if i >= from {
				n++
			}
		}
		select {
		case <-c.look:
			c.reconsider()
		default:
		}
	}
	return 100 * float64(n) / float64(len(r.Keys)-from), c.Using().Changes
}

// TestTraces replays recorded requests, which are no part of the project, through caches of every policy that AUTO chooses
// from, and under AUTO, and compares them with the simulations.
func TestTraces(t *testing.T) {
	t.Parallel()
	names, shares, points := []string{"web12"}, []float64{.01, .1}, 1.
	if os.Getenv("CACHEGOPHER_LONG_TRACES") != "" {
		names = append(names, "web07", "lirs-multi3", "lirs-sprite", "lirs-2_pools", "lirs-loop", "cloudphysics", "adapt-size", "arc-oltp", "orm-night", "arc-p3")
		shares, points = []float64{.001, .01, .1, .3}, 100
	}
	for _, name := range names {
		found, err := filepath.Glob(filepath.Join("..", "..", "shared", "traces", name+".*"))
		if err != nil || len(found) == 0 {
			t.Skipf("SKIPPED: the trace %s is not there", name)
		}
		r, err := policies.Load(found[0])
		if err != nil {
			t.Fatal(err)
		}
		r, from := r.Learned()
		for _, share := range shares {
			objects := r.Objects(share)
			if objects < 2 {
				continue
			}
			for _, rule := range shadow.Rules() {
				got, _ := replayed(t, r, useOf(rule), objects, from)
				want := r.Fixed(rule, objects, from)
				t.Logf("%-12s %6d objects, %v: the store misses %.2f%%, the simulation %.2f%%: %+.2f", name, objects, rule, got, want, got-want)
				if math.Abs(got-want) > points {
					t.Errorf("%s, %d objects, %v: the store misses %.2f%%, the simulation %.2f%%", name, objects, rule, got, want)
				}
			}
			got, changes := replayed(t, r, use{policy: AUTO}, objects, from)
			want, wanted := r.Auto(objects, from)
			t.Logf("%-12s %6d objects, AUTO: the store misses %.2f%% after %d changes, the simulation %.2f%% after %d: %+.2f", name, objects, got, changes, want, wanted, got-want)
			if math.Abs(got-want) > points {
				t.Errorf("%s, %d objects, AUTO: the store misses %.2f%%, the simulation %.2f%%", name, objects, got, want)
			}
		}
	}
}
