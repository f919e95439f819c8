package cli

import (
	"strings"
	"testing"
)

func TestMemorySentence(t *testing.T) {
	points := []curvePoint{{.5, 1_000_000_000, .5}, {1, 2_000_000_000, .6}, {2, 4_000_000_000, .7}}
	for _, test := range []struct {
		n    nodeCurve
		want []string
	}{
		{nodeCurve{SampledReads: 20_000, Unit: "bytes", Points: points}, []string{"60.0% of reads hit", "25% fewer misses", "25% more"}},
		{nodeCurve{SampledReads: 20_000, Unit: "entries", Points: points}, []string{"2000000000 entries more", "25% fewer"}},
		{nodeCurve{SampledReads: 20, Points: points}, []string{"too few"}},
		{nodeCurve{SampledReads: 20_000, Points: []curvePoint{{.5, 1, 1}, {1, 2, 1}, {2, 4, 1}}}, []string{"all reads hit"}},
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
