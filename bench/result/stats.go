package result

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// Metric is a figure of a round.
type Metric struct {
	Name string
	Unit string
	// Better is 1 if more is better, -1 if less is.
	Better int
	Of     func(*Round) float64 // NaN where the round has none
}

// Title is the metric's name in full.
func (m Metric) Title() string {
	switch m.Name {
	case "server CPU":
		return "server CPU a request"
	case "memory":
		return "resident memory"
	}
	return m.Name
}

func nonZero(v float64) float64 {
	if v == 0 {
		return math.NaN()
	}
	return v
}

func ofOpenLoop(r *Round, v float64) float64 {
	if r.Flow.Asked == 0 {
		return math.NaN()
	}
	return v
}

func ofConnects(r *Round, of func(*Summary) float64) float64 {
	if r.Connects == nil {
		return math.NaN()
	}
	return of(r.Connects)
}

// Metrics are all figures that are shown and compared.
var Metrics = []Metric{
	{"throughput", "/s", 1, func(r *Round) float64 { return nonZero(r.Throughput()) }},
	{"asked for", "/s", 1, func(r *Round) float64 { return nonZero(r.Flow.Asked) }},
	{"offered", "/s", 1, func(r *Round) float64 { return ofOpenLoop(r, r.Offered()) }},
	{"sent", "/s", 1, func(r *Round) float64 { return ofOpenLoop(r, r.SentRate()) }},
	{"goodput", "/s", 1, func(r *Round) float64 {
		if r.Flow.Within == 0 {
			return math.NaN()
		}
		return r.Goodput()
	}},
	{"p50", "ns", -1, func(r *Round) float64 { return nonZero(float64(r.Latency.P50)) }},
	{"p90", "ns", -1, func(r *Round) float64 { return nonZero(float64(r.Latency.P90)) }},
	{"p99", "ns", -1, func(r *Round) float64 { return nonZero(float64(r.Latency.P99)) }},
	{"p99.9", "ns", -1, func(r *Round) float64 { return nonZero(float64(r.Latency.P999)) }},
	{"p99.99", "ns", -1, func(r *Round) float64 { return nonZero(float64(r.Latency.P9999)) }},
	{"max", "ns", -1, func(r *Round) float64 { return nonZero(float64(r.Latency.Max)) }},
	{"connects", "/s", 1, func(r *Round) float64 { return ofConnects(r, func(s *Summary) float64 { return r.aSecond(s.Count) }) }},
	{"connect p50", "ns", -1, func(r *Round) float64 { return ofConnects(r, func(s *Summary) float64 { return float64(s.P50) }) }},
	{"connect p99", "ns", -1, func(r *Round) float64 { return ofConnects(r, func(s *Summary) float64 { return float64(s.P99) }) }},
	{"hit ratio", "%", 1, func(r *Round) float64 {
		h, ok := r.HitRatio()
		if !ok {
			return math.NaN()
		}
		return 100 * h
	}},
	{"transfer", "B/s", 1, func(r *Round) float64 { return nonZero(float64(r.In+r.Out) / r.Seconds) }},
	{"server CPU", "us", -1, func(r *Round) float64 { return nonZero(r.ServerMicros()) }},
	{"memory", "B", -1, func(r *Round) float64 { return nonZero(float64(r.Resident)) }},
	{"errors", "", -1, func(r *Round) float64 { return float64(r.ErrorCount()) }},
}

// MetricOf returns the metric called name. It must exist.
func MetricOf(name string) Metric {
	return Metrics[slices.IndexFunc(Metrics, func(m Metric) bool { return m.Name == name })]
}

// Values returns a metric's values in all rounds that have one.
func (m Metric) Values(rounds []*Round) (v []float64) {
	for _, r := range rounds {
		if x := m.Of(r); !math.IsNaN(x) && !math.IsInf(x, 0) {
			v = append(v, x)
		}
	}
	return v
}

// Median of v; NaN if v is empty.
func Median(v []float64) float64 {
	if len(v) == 0 {
		return math.NaN()
	}
	v = slices.Sorted(slices.Values(v))
	if n := len(v); n%2 == 0 {
		return (v[n/2-1] + v[n/2]) / 2
	}
	return v[len(v)/2]
}

// Spread is half the distance from the least to the greatest, as a share of the median.
func Spread(v []float64) float64 {
	if len(v) < 2 || Median(v) == 0 {
		return 0
	}
	return (slices.Max(v) - slices.Min(v)) / 2 / Median(v)
}

// Ratio is the ratio of two sets of values and the bounds of its 95% confidence interval, which are
// infinite if there are too few values.
type Ratio struct{ Value, Low, High float64 }

// Interval is the confidence interval, for a table.
func (r Ratio) Interval() string {
	if r.Low == 0 {
		return "too few rounds"
	}
	return fmt.Sprintf("%.3f to %.3f", r.Low, r.High)
}

// PairedRatio is the ratio of b to a if values with the same index belong together, as in alternating
// rounds: whatever slows down a whole round cancels out. It is the median of the pairs' ratios, so that one disturbed round does
// not move it. Its bounds come from order statistics, which assume nothing about the distribution of the noise.
func PairedRatio(a, b []float64) Ratio {
	var all []float64
	for i := range min(len(a), len(b)) {
		if a[i] > 0 && b[i] > 0 {
			all = append(all, b[i]/a[i])
		}
	}
	slices.Sort(all)
	n := len(all)
	r := Ratio{Median(all), 0, math.Inf(1)}
	// The median lies outside of all[k] to all[n-1-k] when at most k pairs are on one side of it.
	coin := distuv.Binomial{N: float64(n), P: 0.5}
	for k := 0; k < n/2 && 2*coin.CDF(float64(k)) <= 0.05; k++ {
		r.Low, r.High = all[k], all[n-1-k]
	}
	return r
}

func sortedKeys(m map[string]int64) []string { return slices.Sorted(maps.Keys(m)) }
