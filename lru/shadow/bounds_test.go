package shadow

import "testing"

// bounded returns the simulations' bytes of part 0 after reads of its 100 keys were followed by those of 10,000 keys of part 1, and
// then by 100 of these alone.
func bounded(t *testing.T, kind Kind, bounds ...Bound) (used []int64) {
	t.Helper()
	c := NewCurve(1000, Rule{Kind: kind, Window: 20})
	c.SetParts(2)
	c.Bound(bounds)
	for i := range uint64(100) {
		c.Get(mix(i), 1, true, 0)
	}
	for i := range uint64(10_000) {
		c.Get(mix(1000+i), 1, true, 1)
	}
	for i := range uint64(100) {
		c.Get(mix(10_900+i), 1, true, 1)
	}
	c.bank.check(t)
	c.bank.checkParts(t)
	for _, s := range c.bank.sims {
		of := int64(0)
		for k := 1; k < len(c.bank.keys.hash); k++ {
			if s.holds(uint16(k)) && c.bank.keys.part[k] == 1 {
				of++
			}
		}
		used = append(used, of)
	}
	return used
}

// TestBounds checks under each rule that a part keeps what its floor says while another one fills the memory, and that a ceiling
// takes keys of its own part only.
func TestBounds(t *testing.T) {
	for _, kind := range []Kind{LRU, SIEVE, S3FIFO, LFU} {
		for i, n := range bounded(t, kind, Bound{Min: 100}, Bound{}) {
			if n != 100 {
				t.Errorf("%v, with %v of the memory: %d keys are left of a floor of 100", kind, Times()[i], n)
			}
		}
		for i, n := range bounded(t, kind, Bound{}, Bound{Max: 200}) {
			if n != 100 {
				t.Errorf("%v, with %v of the memory: %d of 100 keys are left beside a part with a ceiling", kind, Times()[i], n)
			}
		}
		if n := bounded(t, kind, Bound{Max: 30}, Bound{Max: 200}); n[2] != 30 {
			t.Errorf("%v: %d keys are left below a ceiling of 30", kind, n[2])
		}
		if n := bounded(t, kind, Bound{}, Bound{}); n[2] == 100 && kind != LFU {
			t.Errorf("%v: %d keys are left without bounds", kind, n[2])
		}
	}
}
