package compare

import (
	"cmp"
	"math"
	"slices"

	"github.com/cachegopher/cachegopher/bench/result"
)

const (
	// alpha is the probability of a false alarm among all figures of a comparison.
	alpha = 0.05
	// power is the probability with which a difference of the size named Smallest is found.
	power = 0.95
)

// Compared are the metrics that are compared.
var Compared = []string{"throughput", "p50", "p99", "p99.9", "server CPU", "memory", "hit ratio"}

// Verdict says how a figure has changed.
type Verdict string

// Verdicts. Same means that no difference was found, which says little if Smallest is large.
const (
	Same   Verdict = ""
	Worse  Verdict = "WORSE"
	Better Verdict = "better"
	Few    Verdict = "too few to tell"
)

// Figure is how one metric of two targets, or of one in two runs, differs.
type Figure struct {
	Run, Before, After string // the run, and the targets' names
	Metric             string
	Was, Is            float64 // medians
	// Ratio is that of Is to Was. Its bounds hold for all figures of a comparison at once with 95%.
	Ratio   result.Ratio
	P       float64 // corrected for the number of figures: the probability of such a difference by chance
	Verdict Verdict
	// Smallest is the smallest change, as a share, that this many rounds find in 19 of 20 comparisons.
	Smallest float64
	// Pairs is how many pairs of rounds find the wanted change in 19 of 20; 0: unknown.
	Pairs int

	constant  bool      // all values are the same: nothing that chance could change
	raw       float64   // P before the correction
	enough    bool      // for a verdict
	logs      []float64 // of the ratios of pairs
	deviation float64   // of the ratio of runs
	freedom   int       // of deviation
}

// Options are the sizes of changes, as shares.
type Options struct {
	Threshold float64 // a change up to this is no reason for a verdict, even if it is certain
	Wanted    float64 // a change to be found, for Figure.Pairs
	Anyway    bool    // compare what was measured differently
}

// Title says what is compared with what.
func (f *Figure) Title() string {
	if f.Before == f.After {
		return f.Run + ": " + f.After
	}
	return f.Run + ": " + f.Before + ", then " + f.After
}

// family is how many of all figures chance can change.
func family(all []Figure) int {
	n := 0
	for i := range all {
		if !all[i].constant {
			n++
		}
	}
	return max(n, 1)
}

// judge corrects all for their number and gives the verdicts. Constant figures come last, with a P of 1.
func judge(all []Figure, o Options) {
	n := family(all)
	order := make([]int, len(all))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(all[a].raw, all[b].raw) })
	least := 0.0
	for place, i := range order {
		f := &all[i]
		least = max(least, min(1, f.raw*float64(max(n-place, 1))))
		f.P = least
		f.Verdict = f.verdict(o.Threshold)
	}
}

func (f *Figure) verdict(threshold float64) Verdict {
	change := math.Log(f.Ratio.Value)
	if result.MetricOf(f.Metric).Better > 0 {
		change = -change
	}
	limit := math.Log1p(threshold)
	switch {
	case f.constant:
		return Same
	case !f.enough:
		return Few
	case f.P < alpha && change > limit:
		return Worse
	case f.P < alpha && change < -limit:
		return Better
	}
	return Same
}
