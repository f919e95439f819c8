package shadow

import (
	"math"
	"math/rand/v2"
	"testing"
)

// evicting is a cache that evicts the least recently used of so many keys, and a curve that is not shown what it gets between two requests.
type evicting struct {
	c           *Curve
	full        []*Full
	hits        []float64
	reads       float64
	names       map[uint64]uint64 // what the simulations call a key
	from, until int               // of the gap
}

func newEvicting(objects, from, until int) *evicting {
	e := &evicting{c: NewCurve(int64(objects), Rule{Kind: LRU}), names: map[uint64]uint64{}, from: from, until: until}
	e.c.KeepsAll([]bool{true})
	for _, times := range Times() {
		e.full = append(e.full, NewFull(int64(times*float64(objects)), 40_000, Rule{Kind: LRU}))
	}
	e.hits = make([]float64, len(e.full))
	return e
}

// ask asks for a key of the hash and shows the curve that, and what has left for it.
func (e *evicting) ask(i int, h uint64) {
	e.names[h*spread] = h
	had, s := false, e.full[e.c.atToday()].b.sims[0]
	leaves := s.keys.hash[s.oldest(main)%uint32(len(s.keys.hash))]
	held := s.entries()
	for j, f := range e.full {
		if f.Get(h, 1) {
			e.hits[j]++
			had = had || Times()[j] == 1
		}
	}
	if !had && s.entries() == held {
		e.c.Evicted(e.names[leaves], 1, noPart)
	}
	e.reads++
	if i == e.from {
		e.c.Miss()
	}
	if i >= e.from && i < e.until {
		return
	}
	if e.c.Get(h, 1, had, noPart); !had {
		e.c.Set(h, 1, noPart)
	}
	if e.c.Stale() {
		e.begin()
	}
}

// begin makes the reads so far not count.
func (e *evicting) begin() {
	e.c.Account(e.hits[e.c.atToday()], e.reads)
	e.c.Begin()
}

// TestEvicted: what a cache has let go before it was asked for again, larger ones would have: the curve's simulations have it, though they were
// not shown when it came. So all points are given, and right, while most simulations have room left.
func TestEvicted(t *testing.T) {
	const objects = 1000
	r := rand.New(rand.NewPCG(1, 2))
	e := newEvicting(objects, 0, 700)
	counted, reads := []float64(nil), 0.0
	for i := range 9000 {
		h := mix(uint64(math.Pow(3000, r.Float64())))
		if i < 700 {
			h = mix(uint64(1<<20 + i)) // all of them leave before they are asked for again
		} else if i > 6000 && r.IntN(10) == 0 {
			h = mix(1<<20 + r.Uint64N(700))
		}
		if i == 6000 {
			e.begin()
			e.c.stale = true
			e.begin()
			counted, reads = append(counted, e.hits...), e.reads
		}
		e.ask(i, h)
	}
	e.c.Account(e.hits[e.c.atToday()], e.reads)
	ratios, _ := e.c.Ratios()
	for i, doubt := range e.c.Doubts() {
		want := (e.hits[i] - counted[i]) / (e.reads - reads)
		t.Logf("%v of the memory: predicted %.4f, doubt %d, measured %.4f", Times()[i], ratios[i], doubt, want)
		if doubt != Certain || math.Abs(ratios[i]-want) > .01 {
			t.Errorf("%v of the memory: predicted %.4f, doubt %d, measured %.4f", Times()[i], ratios[i], doubt, want)
		}
	}
	e.c.bank.check(t)
}

// TestFlushed: of a cache of which the curve does not know what it has evicted, points for more memory are not given before the simulations
// are full; after a flush they are at once.
func TestFlushed(t *testing.T) {
	const objects = 1000
	r := rand.New(rand.NewPCG(1, 2))
	e := newEvicting(objects, 100, 700)
	e.c.KeepsAll([]bool{false})
	given := func(from, n int) (points int) {
		for i := from; i < from+n; i++ {
			e.ask(i, mix(uint64(math.Pow(3000, r.Float64()))))
		}
		e.c.Account(e.hits[e.c.atToday()], e.reads)
		for _, doubt := range e.c.Doubts() {
			if doubt == Certain {
				points++
			}
		}
		return points
	}
	if n := given(0, 3000); n > 4 {
		t.Errorf("before the flush %d points are given", n)
	}
	e.c.Flush()
	for _, f := range e.full {
		f.b.Flush()
	}
	e.c.KeepsAll([]bool{true})
	if n := given(3000, 1000); n != len(Times()) {
		t.Errorf("after the flush %d points are given: %v", n, e.c.Doubts())
	}
}
