package shadow

import (
	"math/rand/v2"
	"testing"
)

// TestState gives a new bank what another one knew: it answers the next requests nearly as that does. Of a part of that, or of
// bytes that somebody changed, it takes over nothing that contradicts itself.
func TestState(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	var setups []Setup
	for _, rule := range Rules() {
		setups = append(setups, Setup{rule, .5 + r.Float64()})
	}
	request := func(to ...*Bank) {
		h := mix(1 + min(r.Uint64N(3000), r.Uint64N(3000)))
		for _, b := range to {
			b.Get(h, 1+uint32(h%50), true)
		}
	}
	b := NewBank(20_000, 1000, setups...)
	for range 20_000 {
		request(b)
	}
	state := b.AppendState(nil)
	next := NewBank(20_000, 1000, setups...)
	if !next.LoadState(state) || next.Keys() != b.Keys() || next.Threshold() != b.Threshold() {
		t.Fatalf("%d keys of %d", next.Keys(), b.Keys())
	}
	next.check(t)
	b.weigh(0)
	for range 2000 {
		request(b, next)
	}
	for i, c := range b.Counts() {
		if got := next.Counts()[i].Hits; got < .95*c.Hits-10 || got > 1.05*c.Hits+10 {
			t.Errorf("%v: %v hits, where the other one has %v of %v", setups[i].Rule, got, c.Hits, b.Gets())
		}
	}
	for range 1000 {
		broken := append([]byte{}, state[:len(state)-r.IntN(2)*r.IntN(len(state))]...)
		if len(broken) > 0 {
			broken[r.IntN(len(broken))] ^= byte(1 + r.IntN(255))
		}
		next := NewBank(r.Int64N(20_000), 1000, setups...)
		next.LoadState(broken)
		next.check(t)
		for range 10 {
			request(next)
		}
		next.check(t)
	}
}
