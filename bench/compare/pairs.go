package compare

import (
	"fmt"
	"math"
	"slices"

	"github.com/cachegopher/cachegopher/bench/result"
)

// Paired compares the targets of each run with the run's first one, round by round.
func Paired(r *result.Report, o Options) ([]Figure, error) {
	var all []Figure
	names := r.Names()
	for _, run := range r.Runs {
		measured := run.Measured()
		for _, t := range measured[min(1, len(measured)):] {
			for _, name := range Compared {
				if f, ok := pair(measured[0].Rounds, t.Rounds, result.MetricOf(name)); ok {
					f.Run, f.Before, f.After = run.Name, names[measured[0].URL], names[t.URL]
					all = append(all, f)
				}
			}
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("no run has two targets that were measured")
	}
	ranks := map[int]*signedRank{}
	for i := range all {
		all[i].pairTest(ranks, family(all), o.Wanted)
	}
	judge(all, o)
	return all, nil
}

// pair collects the ratios of a metric; ok is false if there are none.
func pair(a, b []*result.Round, m result.Metric) (f Figure, ok bool) {
	f.Metric = m.Name
	var was, is []float64
	for i := range min(len(a), len(b)) {
		x, y := m.Of(a[i]), m.Of(b[i])
		if x > 0 && y > 0 && !math.IsInf(x, 0) && !math.IsInf(y, 0) {
			was, is = append(was, x), append(is, y)
			f.logs = append(f.logs, math.Log(y/x))
		}
	}
	f.Was, f.Is = result.Median(was), result.Median(is)
	f.constant = !slices.ContainsFunc(f.logs, func(d float64) bool { return d != 0 })
	return f, len(was) > 0
}

// pairTest compares a figure's pairs, one figure of so many.
func (f *Figure) pairTest(ranks map[int]*signedRank, figures int, wanted float64) {
	n := len(f.logs)
	s := ranks[n]
	if s == nil {
		s = newSignedRank(n)
		ranks[n] = s
	}
	middle, low, high := s.interval(f.logs, alpha/float64(figures))
	f.Ratio = result.Ratio{Value: math.Exp(middle), Low: math.Exp(low), High: math.Exp(high)}
	f.raw, f.enough = s.test(f.logs), n >= fewest(figures)
	f.Smallest = math.Inf(1)
	if n < Pilot/2 || f.constant {
		return
	}
	spread := careful(s.spread(f.logs), n)
	f.Smallest = math.Expm1(smallest(n, spread, figures))
	if wanted > 0 {
		f.Pairs = pairsFor(math.Log1p(wanted), spread, figures)
	}
}
