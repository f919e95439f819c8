package shadow

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// check fails unless the bank's counts agree with its lists.
func (b *bank[N]) check(t *testing.T) {
	t.Helper()
	refs := make([]int, len(b.keys.hash))
	for _, s := range b.sims {
		for list := window; list < allLists; list++ {
			var bytes int64
			n, root := 0, s.root(list)
			for k := s.next[root]; k != root; k = s.next[k] {
				if s.in(k) != list || s.prev[s.next[k]] != k {
					t.Fatalf("%v: key %d is not well linked in list %d", s.rule, k, list)
				}
				refs[k]++
				n++
				bytes += int64(b.keys.size[k])
			}
			if n != s.count[list] || bytes != s.bytes[list] {
				t.Fatalf("%v: list %d has %d keys of %d bytes, counted %d of %d", s.rule, list, n, bytes, s.count[list], s.bytes[list])
			}
		}
		if s.held() > s.capacity {
			t.Fatalf("%v: holds %d bytes of %d", s.rule, s.held(), s.capacity)
		}
		if s.rule.Kind != S3FIFO && s.rule.Kind != LFU && s.count[ghost] > 0 {
			t.Fatalf("%v: has ghosts", s.rule)
		}
	}
	used := 0
	for k, n := range refs {
		if int(b.keys.refs[k]) != n {
			t.Fatalf("key %d has %d references, counted %d", k, n, b.keys.refs[k])
		}
		if n > 0 {
			used++
			if b.keys.find(b.keys.hash[k]) != N(k) || b.keys.hash[k] > b.Threshold() {
				t.Fatalf("key %d is not found, or not in the sample", k)
			}
		}
	}
	if used != b.keys.used {
		t.Fatalf("%d keys, counted %d", used, b.keys.used)
	}
}

// checkParts fails unless the bytes of each part are counted rightly in all simulations.
func (b *bank[N]) checkParts(t *testing.T) {
	t.Helper()
	for _, s := range b.sims {
		if (s.apart != nil) != (b.bounds != nil) {
			t.Fatalf("%v: bounds %v, simulated %v", s.rule, b.bounds, s.apart)
		}
		if s.apart == nil {
			continue
		}
		used := make([]int64, len(s.apart.used))
		for k := 1; k < len(b.keys.hash); k++ {
			if s.holds(N(k)) {
				used[b.keys.part[k]] += int64(b.keys.size[k])
			}
		}
		if !slices.Equal(used, s.apart.used) {
			t.Fatalf("%v: the parts have %d bytes, counted %d", s.rule, used, s.apart.used)
		}
		for _, k := range s.apart.hands {
			if k != 0 && int(k) < len(s.state) && !s.holds(k) {
				t.Fatalf("%v: a hand stands at key %d, which is not held", s.rule, k)
			}
		}
	}
}

// TestBank does random things to a bank and checks it.
func TestBank(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	var gone Gone
	for range 20 {
		var setups []Setup
		rules := append(Rules(), Rule{Kind: SIEVE}, Rule{Kind: S3FIFO})
		for _, rule := range rules {
			setups = append(setups, Setup{rule, .5 + r.Float64()})
		}
		c := &Curve{bank: NewBank(r.Int64N(20_000), 50+r.IntN(1000), append(setups, Setup{Rule{Kind: LRU}, 1})...)}
		b := c.bank
		c.SetParts(3)
		keys := 1 + r.Uint64N(5000)
		for i := range 20_000 {
			hash, size := mix(1+min(r.Uint64N(keys), r.Uint64N(keys))), r.Uint32N(100)
			switch r.IntN(100) {
			default:
				c.Get(hash, size, true, r.IntN(4)-1)
			case 0, 1, 2, 3, 4, 5:
				b.Get(hash, 0, false)
			case 6, 7, 8, 9, 10:
				c.Set(hash, size, r.IntN(4)-1)
			case 11:
				b.Remove(hash)
			case 12:
				b.sims[r.IntN(len(b.sims))].setRule(rules[r.IntN(len(rules))])
			case 13:
				if i%50 == 0 {
					b.Resize(r.Int64N(20_000))
				}
			case 14:
				if i%50 == 0 {
					b.Flush()
				}
			case 16:
				if i%50 == 0 {
					c.Bound([]Bound{{Min: r.Int64N(5000)}, {Max: 1 + r.Int64N(5000)}, {}})
				}
			case 15:
				if gone.Note(hash); i%20 == 0 {
					RemoveGone(&gone, []*Bank{b})
				}
			}
			if i%100 == 0 {
				b.check(t)
				b.checkParts(t)
			}
		}
	}
}

// TestFixedMemory checks that the sample shrinks with the number of keys, and with it what is simulated.
func TestFixedMemory(t *testing.T) {
	b := NewBank(1<<20, 1000, Setup{Rule{Kind: LRU}, 1}, Setup{Rule{Kind: S3FIFO}, 1})
	for i := range uint64(100_000) {
		b.Get(mix(i), 1, true)
	}
	if b.Rate() > 1./64 || b.Rate() < 1./512 || b.keys.used < 300 {
		t.Errorf("1000 of 100000 keys: a rate of %v, %d keys", b.Rate(), b.keys.used)
	}
	if got, want := b.sims[0].capacity, int64(float64(1<<20)*b.Rate()); got != want {
		t.Errorf("a capacity of %d, not %d", got, want)
	}
	b.check(t)
}

// TestSet checks that a write after a read that missed is no further use, and that any other is.
func TestSet(t *testing.T) {
	b := NewBank(2, 100, Setup{Rule{Kind: SIEVE}, 1})
	b.Get(1, 0, false) // the key is not known
	b.Set(1, 1)
	b.Set(2, 1)
	b.Get(2, 0, false) // the cache lost what the simulation has: a hit
	b.Set(2, 1)
	k := b.keys.find(spread) // the first
	if uses := b.sims[0].state[k] / oneUse; uses != 0 {
		t.Errorf("a new key has %d uses", uses)
	}
	two := uint64(2)
	if uses := b.sims[0].state[b.keys.find(two*spread)] / oneUse; uses != 1 {
		t.Errorf("a key that was read once and loaded again has %d uses", uses)
	}
	b.Set(1, 1)
	if uses := b.sims[0].state[k] / oneUse; uses != 1 {
		t.Errorf("a key that was written again has %d uses", uses)
	}
	if got := b.Counts()[0].Hits; got != 1 {
		t.Errorf("%v hits", got)
	}
}

// BenchmarkCurve is what one request of the sample costs.
func BenchmarkCurve(b *testing.B) {
	for _, rule := range Rules()[:4] {
		b.Run(rule.String(), func(b *testing.B) {
			c := NewCurve(10_000, rule)
			for i := range uint64(200_000) {
				c.Bank().Get(mix(i), 1, true)
			}
			r := rand.New(rand.NewPCG(1, 1))
			hashes := make([]uint64, 0, 1<<16)
			for len(hashes) < cap(hashes) {
				if h := mix(uint64(200_000 * r.Float64() * r.Float64())); Sampled(h, c.Bank().Threshold()) {
					hashes = append(hashes, h)
				}
			}
			b.ReportMetric(c.Bank().Rate(), "rate")
			for i := range b.N {
				c.Bank().Get(hashes[i&(1<<16-1)], 1, true)
			}
		})
	}
}

// TestSketch compares counts with the true ones, which they may exceed but not fall short of before they age.
func TestSketch(t *testing.T) {
	s := newSketch(1000)
	want := map[uint64]uint8{}
	for i := range uint64(2000) {
		h := mix(i % 700)
		s.add(h)
		want[h]++
		if i == 50 {
			s.grow(700)
		}
	}
	more := 0
	for h, n := range want {
		if got := s.count(h); got < n {
			t.Fatalf("counted %d of %d", got, n)
		} else if got > n {
			more++
		}
	}
	if more > 70 {
		t.Errorf("%d of 700 keys are counted too high", more)
	}
}

// TestSketchHalved: keys that stay in the sample when it loses half of its keys keep their counts.
func TestSketchHalved(t *testing.T) {
	s := newSketch(2000)
	s.grow(2000)
	for i := range uint64(2000) {
		for range 1 + i%5 {
			s.add(mix(i))
		}
	}
	for _, entries := range []int{1024, 512} {
		s.halve()
		for i := range uint64(entries) {
			if got, want := s.count(mix(i)), uint8(1+i%5); got < want {
				t.Fatalf("of %d entries: counted %d of %d", entries, got, want)
			}
		}
	}
	if s.grow(2000); s.entries != 2048 || s.period != agingPerEntry*2048 {
		t.Errorf("it grew for %d entries, and ages after %d", s.entries, s.period)
	}
}
