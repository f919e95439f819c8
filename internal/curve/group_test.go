package curve

import (
	"math"
	"slices"
	"testing"
)

// of is the curve of a node with 100 bytes and these hit ratios at the same, twice, ... the memory.
func of(reads int64, ratios ...float64) *Curve {
	c := &Curve{SampledReads: 10, Reads: reads, Unit: "bytes"}
	for i, r := range ratios {
		c.Points = append(c.Points, Point{float64(i + 1), int64(i+1) * 100, r})
	}
	return c
}

// TestGroup weighs members by their reads, and leaves out those of which nothing is known.
func TestGroup(t *testing.T) {
	entries := of(5, .5)
	entries.Unit = "entries"
	learning := of(5)
	learning.Learning = true
	for _, test := range []struct {
		members []*Curve
		missing string     // reason of the only one
		want    [2]float64 // at today's memory and twice as much; 0: not known
	}{
		{members: []*Curve{of(3, .6, .8), of(1, .8, .8)}, want: [2]float64{.65, .8}},
		{members: []*Curve{of(0, .6, .8), of(0, .8, .8)}, want: [2]float64{.7, .8}}, // the samples count
		{members: []*Curve{of(1, .6), of(1, .8, .9)}, want: [2]float64{.7, .8}},     // it gains for one what it gains for the other
		{members: []*Curve{of(2, .6), of(1, .8, .9)}, want: [2]float64{2. / 3, 0}},  // it knows too few of the reads
		{members: []*Curve{of(1, .6, .8), nil}, missing: "does not answer", want: [2]float64{.6, .8}},
		{members: []*Curve{of(1, .6, .8), of(1)}, missing: "predicts nothing", want: [2]float64{.6, .8}},
		{members: []*Curve{of(1, .6, .8), learning}, missing: "is still learning", want: [2]float64{.6, .8}},
		{members: []*Curve{of(1, .6, .8), entries}, missing: "predicts for other sizes", want: [2]float64{.6, .8}},
		{members: []*Curve{nil}, missing: "does not answer"},
	} {
		var g Group
		for i, c := range test.members {
			g.Add(string(rune('a'+i)), c)
		}
		g.Finish()
		for i, want := range test.want {
			p := g.At(float64(i + 1))
			if (p != nil) != (want > 0) || p != nil && (math.Abs(p.HitRatio-want) > 1e-9 || p.Size != int64((i+1)*100*len(g.Members))) {
				t.Errorf("%d times the memory: %+v, want %v", i+1, p, want)
			}
		}
		if len(g.Missing)+len(g.Members) != len(test.members) || test.missing != "" && !slices.Equal(g.Reasons, []string{test.missing}) {
			t.Errorf("without %q, which %q, want one that %q", g.Missing, g.Reasons, test.missing)
		}
	}
}
