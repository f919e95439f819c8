package shadow

import "testing"

// TestCurveAnew gives a cache so much less memory that its curve begins anew: that the simulations lack at first what the cache has
// kept, does not count in the end.
func TestCurveAnew(t *testing.T) {
	const keys = 1000
	c := NewCurve(1<<20, Rule{Kind: LRU})
	for i := range uint64(100_000) {
		c.Get(mix(i), 1, true, 0)
	}
	c.Follow(Rule{Kind: LRU}, keys)
	for i := range uint64(10 * keys) { // all hit
		c.Get(mix(i%(keys-10)), 1, true, 0)
	}
	c.Account(10*keys, 10*keys)
	if ratios, reads := c.Ratios(); ratios[2] < .98 || reads < 8*keys {
		t.Errorf("of %v reads a share of %v hit; all do", reads, ratios[2])
	}
	c.bank.check(t)
}
