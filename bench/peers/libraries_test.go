package main

import (
	"math/rand/v2"
	"testing"

	"github.com/cachegopher/cachegopher/bench/policies"
)

// TestCapacity: every cache of the comparison holds about as many objects as it is told, neither more, which would make it look
// better than it is, nor much fewer. Where each key is as likely as any other, whatever the policy, the hits are the share of the keys
// that the cache holds.
func TestCapacity(t *testing.T) {
	const objects, keys, warm, counted = 2000, 4 * 2000, 30_000, 60_000
	r := &policies.Requests{Count: keys}
	chance := rand.New(rand.NewPCG(1, 2))
	for range warm + counted {
		r.Keys, r.Sizes = append(r.Keys, chance.Int32N(keys)), append(r.Sizes, 1)
	}
	for _, w := range append(policies.Ways(), libraries()...) {
		hits := 100 - w.Misses(r, objects, warm)
		t.Logf("%s: %.2f%%", w.Name, hits)
		if want := 100. * objects / keys; hits > want+1 || hits < want*.85 { // chance spreads by 0.2; freecache holds a tenth less
			t.Errorf("%s answers %.2f%% of the requests, and should hold %.0f%% of the keys", w.Name, hits, want)
		}
	}
}
