package load

import (
	"math/rand/v2"
	"testing"
	"time"

	hdr "github.com/HdrHistogram/hdrhistogram-go"

	"github.com/cachegopher/cachegopher/bench/result"
)

// TestMerge compares the merged parts of three generators with one that had all their requests.
func TestMerge(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 1))
	plan := Plan{Conns: 6, Depth: 1, Duration: time.Second, Rate: 1000}
	if err := plan.Check(); err != nil {
		t.Fatal(err)
	}
	whole, parts := newCollector(int64(plan.Slice), 1, nil), []*Part(nil)
	connects := result.NewHistogram()
	for i := range 3 {
		own := newCollector(int64(plan.Slice), 1, nil)
		for n := range 10 { // slices
			if n%3 == i {
				continue // a generator may have none
			}
			for range rng.IntN(200) {
				ns := int64(1 + rng.ExpFloat64()*1e6)
				read := rng.IntN(2) == 0
				own.request(n, ns, read)
				whole.request(n, ns, read)
				connects.RecordValue(ns)
			}
		}
		p := &Part{}
		if err := p.keep(own, connects); err != nil {
			t.Fatal(err)
		}
		connects.Reset()
		r, err := own.round(1, true)
		if err != nil {
			t.Fatal(err)
		}
		r.Flow = result.Flow{Due: r.Requests, Sent: r.Requests, Good: 5}
		r.Errors = map[string]int64{"timeout": 2}
		p.Round = r
		parts = append(parts, p)
	}
	got, err := Merge(parts, &plan, true)
	if err != nil {
		t.Fatal(err)
	}
	want, err := whole.round(1, true)
	if err != nil {
		t.Fatal(err)
	}
	sameRound(t, got, want)
	parts[1].Reads = "nonsense"
	if _, err := Merge(parts, &plan, true); err == nil {
		t.Error("nonsense was merged")
	}
}

// request counts a request in slice n, as a recorder and the collector do.
func (c *collector) request(n int, ns int64, read bool) {
	for len(c.slices) <= n {
		c.slices = append(c.slices, nil)
	}
	if c.slices[n] == nil {
		c.slices[n] = &slice{hist: result.NewPacked()}
	}
	to := c.writes
	if read {
		to = c.reads
	}
	to.RecordValue(ns)
	c.late.RecordValue(ns / 2)
	c.slices[n].hist.RecordValue(ns)
	c.slices[n].requests++
	c.requests++
	c.in += ns % 100
}

// sameRound compares a merged round with one of all requests.
func sameRound(t *testing.T, got, want *result.Round) {
	t.Helper()
	if got.Requests != want.Requests || got.In != want.In || got.Flow.Due != want.Requests || got.Flow.Good != 15 || got.Errors["timeout"] != 6 || got.Flow.Asked != 1000 {
		t.Errorf("counts: %+v, all have %+v", got, want)
	}
	if got.Latency != want.Latency || *got.Reads != *want.Reads || *got.Writes != *want.Writes || *got.Generator.Late != *want.Generator.Late || got.Connects.Count != want.Requests {
		t.Errorf("figures differ: %+v, of all requests %+v", got.Latency, want.Latency)
	}
	a, err := hdr.Decode(got.Histogram)
	if err != nil {
		t.Fatal(err)
	}
	b, err := hdr.Decode(want.Histogram)
	if err != nil {
		t.Fatal(err)
	}
	if !a.Equals(b) {
		t.Error("the histograms differ")
	}
	if len(got.Slices) != len(want.Slices) {
		t.Fatalf("%d slices, not %d", len(got.Slices), len(want.Slices))
	}
	for i, s := range got.Slices {
		if w := want.Slices[i]; s.Requests != w.Requests || s.P99 != w.P99 || s.Max != w.Max {
			t.Errorf("slice %d: %+v, not %+v", i, s, w)
		}
	}
}

// TestTurns checks that no two generators draw the same requests, whatever threads they have.
func TestTurns(t *testing.T) {
	seen := map[int]bool{}
	for part, threads := range []int{4, 1, 3} {
		p := Plan{Part: part, Parts: 3}
		for i := range threads {
			place, of := p.turn(i, threads)
			if seen[place] || place >= of {
				t.Errorf("part %d, thread %d: place %d of %d", part, i, place, of)
			}
			seen[place] = true
		}
	}
	if place, of := (&Plan{}).turn(2, 5); place != 2 || of != 5 {
		t.Errorf("alone: place %d of %d", place, of)
	}
}
