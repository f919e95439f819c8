package cli

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/cachegopher/cachegopher/internal/curve"
)

// pointsOf are the points of these times, sizes and hit ratios.
func pointsOf(all ...[3]float64) (points []curve.Point) {
	for _, p := range all {
		points = append(points, curve.Point{Times: p[0], Size: int64(p[1]), HitRatio: p[2]})
	}
	return points
}

func TestMemorySentence(t *testing.T) {
	points := pointsOf([3]float64{.5, 1_000_000_000, .5}, [3]float64{1, 2_000_000_000, .6}, [3]float64{2, 4_000_000_000, .7})
	for _, test := range []struct {
		n    nodeCurve
		want []string
	}{
		{nodeCurve{Curve: curve.Curve{SampledReads: 20_000, Unit: "bytes", Points: points}}, []string{"60.0% of reads hit", "25% fewer misses", "25% more"}},
		{nodeCurve{Curve: curve.Curve{SampledReads: 20_000, Unit: "entries", Points: points}}, []string{"2000000000 entries more", "25% fewer"}},
		{nodeCurve{Curve: curve.Curve{SampledReads: 20, Points: points}}, []string{"too few"}},
		{nodeCurve{Curve: curve.Curve{SampledReads: 20_000, Points: pointsOf([3]float64{.5, 1, 1}, [3]float64{1, 2, 1}, [3]float64{2, 4, 1})}}, []string{"all reads hit"}},
		{nodeCurve{Curve: curve.Curve{SampledReads: 20_000, Points: points[:1], Learning: true, Why: "of chance"}}, []string{"not known: of chance"}},
		{nodeCurve{Curve: curve.Curve{SampledReads: 20_000, Unit: "bytes", Points: points[:2], Learning: true, Why: "of chance"}},
			[]string{"60.0% of reads hit; with 1.0 GB less, 25% more misses; what more memory would bring is not known: of chance"}},
		{nodeCurve{Curve: curve.Curve{SampledReads: 20_000, Unit: "bytes", Points: pointsOf([3]float64{1, 2_000_000_000, .6}, [3]float64{1.25, 2_500_000_000, .64}), Learning: true}},
			[]string{"60.0% of reads hit; with 500 MB more, 10% fewer misses; what less memory would cost is not known"}},
		{nodeCurve{}, []string{"predicts nothing"}},
		{nodeCurve{Error: "it is down"}, []string{"it is down"}},
	} {
		for _, want := range test.want {
			if got := test.n.sentence(); !strings.Contains(got, want) {
				t.Errorf("%+v: %q, not %q", test.n, got, want)
			}
		}
	}
}

// TestMemoryOfGroups weighs what members predict by their reads, and leaves those out that predict nothing.
func TestMemoryOfGroups(t *testing.T) {
	curve := func(node string, reads int64, half, now, twice float64) nodeCurve {
		return nodeCurve{Node: node, Curve: curve.Curve{SampledReads: 20_000, Reads: reads, Unit: "bytes",
			Points: pointsOf([3]float64{.5, 1_000_000_000, half}, [3]float64{1, 2_000_000_000, now}, [3]float64{2, 4_000_000_000, twice})}}
	}
	nodes := []nodeCurve{curve("a1", 3_000_000, .5, .6, .7), curve("b1", 10, .8, .9, 1), curve("a2", 1_000_000, .6, .8, .9),
		{Node: "a3", Error: "it is down"}, {Node: "c1", Error: "it is down"}}
	all := groupCurves(nodes, []string{"a", "b", "a", "a", "c"})
	for i, want := range []string{
		"group a (a1 + a2 together, without a3, which does not answer): 65.0% of reads hit; with 4.0 GB more, 29% fewer misses; with 2.0 GB less, 36% more",
		"group b (b1): 90.0% of reads hit; with 2.0 GB more, 100% fewer misses; with 1.0 GB less, 100% more",
		"group c: no member predicts anything: c1 does not answer",
	} {
		if got := all[i].line(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	// One that does not know what more would bring counts for today's memory and less, until it has most of the reads.
	nodes[0].Points, nodes[0].Learning = nodes[0].Points[:2], true
	for _, reads := range []int64{1_000_000, 1_000_001} {
		nodes[0].Reads = reads
		g := groupCurves(nodes[:3], []string{"a", "b", "a"})[0]
		if twice := g.At(2); math.Abs(g.At(1).HitRatio-.7) > .001 || (twice != nil) != (reads == 1_000_000) || twice != nil && math.Abs(twice.HitRatio-.8) > .001 {
			t.Errorf("%d reads: %+v", reads, g.Points)
		}
	}
	nodes[0].Points, nodes[0].Learning = curve("a1", 0, .5, .6, .7).Points, false
	// A node that does not say how many reads it had counts by its sample.
	nodes[0].Reads, nodes[2].Reads = 0, 0
	if got := groupCurves(nodes[:3], []string{"a", "b", "a"})[0].At(1).HitRatio; got < .699 || got > .701 {
		t.Errorf("by equal samples: %.3f", got)
	}
	r := memoryResult{Groups: all, Nodes: nodes}
	text, err := json.Marshal(r.data())
	if err != nil || !strings.Contains(string(text), `{"group":"a","members":["a1","a2"],"missing":["a3"],"reasons":["does not answer"],"sampledReads":40000,"reads":4000000,"unit":"bytes","points":[{"times":0.5,"size":2000000000,"hitRatio":0.525}`) {
		t.Errorf("%v: %s", err, text)
	}
}
