package cli

import (
	"testing"

	"github.com/cachegopher/cachegopher/internal/curve"
)

// TestPrefixSentence checks what MEMORY says of a prefix.
func TestPrefixSentence(t *testing.T) {
	points := pointsOf([3]float64{.5, 50, .5}, [3]float64{1, 100, .8}, [3]float64{2, 200, .9})
	for want, p := range map[string]curve.Prefix{
		`prefix "a:": 1 entry in 80 B; 0 evictions`: {Prefix: "a:", Entries: 1, Bytes: 80},
		`prefix "b:": 2000 entries in 1.0 MB so far, others are still being counted, floor 2.0 MB, ceiling 4.0 MB; 75.0% of reads hit; 7 evictions; without floors and ceilings 80.0% would hit, and with twice the memory of the node 90.0%`: {
			Prefix: "b:", Entries: 2000, Bytes: 1e6, Min: 2e6, Max: 4e6, Hits: 3, Misses: 1, Evictions: 7, Counting: true, SampledReads: leastReads, Points: points},
		`prefix "e:": 1 entry in 80 B, floor 2.0 MB; 0 evictions; with twice the memory of the node, 50% fewer misses`: {
			Prefix: "e:", Entries: 1, Bytes: 80, Min: 2e6, SampledReads: leastReads, Points: points},
		`prefix "d:": 1 entry in 80 B; 0 evictions; with twice the memory of the node, 50% fewer misses`: {Prefix: "d:", Entries: 1, Bytes: 80, SampledReads: leastReads, Points: points},
		`prefix "c:": 0 entries in 0 B; 0 evictions`:                                                     {Prefix: "c:", SampledReads: 5, Points: points},
	} {
		n := nodeCurve{Curve: curve.Curve{Unit: "bytes"}, Prefixes: []curve.Prefix{p}}
		if p.Prefix == "b:" {
			n.Unit = "entries"
		}
		if got := sentenceOf(&p, n.unbounded()); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}
