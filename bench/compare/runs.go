package compare

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"github.com/cachegopher/cachegopher/bench/result"
)

// BetweenRuns is the standard deviation, as a share, that the ratio of two runs made at different times is taken to have
// at least, for a program compared with itself. It is an assumption: two runs cannot show how much runs differ.
const BetweenRuns = 0.03

// Runs compares each target of b with itself in a, for each run that both have. It refuses to compare what was measured
// under different conditions.
func Runs(a, b *result.Report, o Options) ([]Figure, error) {
	var all []Figure
	for _, rb := range b.Runs {
		ra := a.FindRun(rb.Name)
		if ra == nil {
			continue
		}
		matched := matches(ra, rb)
		if len(matched) == 0 {
			continue
		}
		if why := differences(a, b, ra, rb); why != "" && !o.Anyway {
			return nil, fmt.Errorf("%s: the two were measured under different conditions: %s; --anyway compares them all the same", rb.Name, why)
		}
		for _, m := range matched {
			for _, name := range Compared {
				if f, ok := across(m[0].Rounds, m[1].Rounds, result.MetricOf(name)); ok {
					f.Run, f.Before, f.After = rb.Name, identity(m[0].URL), identity(m[1].URL)
					all = append(all, f)
				}
			}
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("the two have no run and target in common: %s, and %s", contents(a), contents(b))
	}
	for i := range all {
		all[i].runTest(family(all))
	}
	judge(all, o)
	return all, nil
}

// across sets one run's values of a metric against another's; ok is false where one has none.
func across(a, b []*result.Round, m result.Metric) (f Figure, ok bool) {
	f.Metric = m.Name
	was, is := m.Values(a), m.Values(b)
	f.Was, f.Is = result.Median(was), result.Median(is)
	if !(f.Was > 0 && f.Is > 0) {
		return f, false
	}
	f.Ratio.Value = f.Is / f.Was
	f.freedom = len(was) + len(is) - 2
	f.deviation = math.Sqrt(variance(was) + variance(is) + BetweenRuns*BetweenRuns)
	f.constant = f.Was == f.Is && variance(was)+variance(is) == 0
	return f, true
}

// variance of the logarithms of v.
func variance(v []float64) float64 {
	var l []float64
	for _, x := range v {
		if x > 0 {
			l = append(l, math.Log(x))
		}
	}
	if len(l) < 2 {
		return 0
	}
	return stat.Variance(l, nil)
}

// runTest takes each run for one observation: however many rounds it has, they do not show how runs differ.
func (f *Figure) runTest(figures int) {
	f.raw, f.Smallest = 1, math.Inf(1)
	f.Ratio.Low, f.Ratio.High = 0, math.Inf(1)
	if f.freedom < 2 || f.constant {
		return
	}
	f.enough = true
	t := distuv.StudentsT{Sigma: 1, Nu: float64(f.freedom)}
	d, wide := math.Log(f.Ratio.Value), t.Quantile(1-alpha/2/float64(figures))*f.deviation
	f.raw = 2 * t.CDF(-math.Abs(d)/f.deviation)
	f.Ratio.Low, f.Ratio.High = math.Exp(d-wide), math.Exp(d+wide)
	f.Smallest = math.Expm1(wide + t.Quantile(power)*f.deviation)
}
