package cpu

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/cachegopher/cachegopher/bench/result"
)

// percentiles are those of the table of latencies.
var percentiles = []struct {
	name string
	of   func(*result.Summary) int64
}{
	{"p50", func(s *result.Summary) int64 { return s.P50 }},
	{"p99", func(s *result.Summary) int64 { return s.P99 }},
	{"p99.9", func(s *result.Summary) int64 { return s.P999 }},
}

// latencies are the medians of the rounds' percentiles, in us.
func latencies(t *result.Target) string {
	var all []string
	for _, p := range percentiles {
		all = append(all, fmt.Sprintf("%.0f", result.Median(latency(p.of, t))))
	}
	return strings.Join(all, ", ")
}

// latency is a percentile in us, by rounds.
func latency(of func(*result.Summary) int64, t *result.Target) (us []float64) {
	for _, r := range t.Rounds {
		us = append(us, float64(of(&r.Latency))/1e3)
	}
	return us
}

// delays is a percentile in us, by rounds, of how late the generator sent requests that it could have sent in time.
func delays(of func(*result.Summary) int64, t *result.Target) (us []float64) {
	for _, r := range t.Rounds {
		if r.Generator.Late != nil {
			us = append(us, float64(of(r.Generator.Late))/1e3)
		}
	}
	return us
}

// latencyTable renders the rows that were measured at a fixed rate.
func latencyTable(b *strings.Builder, rows []*result.Run) {
	b.WriteString("\nLatency at a fixed rate, from the time a request was due to its reply, in us. Each figure is the median of the rounds and, in brackets, the least and the most of them. " +
		"A ratio is the median of the rounds' ratios to the peer with the lowest median, with its 95% interval. The last column is how late the generator sent requests that it could have sent in time: it is in every figure of the row.\n\n" +
		"| work | | ratio to the lowest peer | ours | " + peerHeads() + "the generator, with ours |\n|---|---|---|---|" + strings.Repeat("---|", len(Peers)-1) + "---|\n")
	for _, r := range rows {
		p, o := best(r.Measured())
		if r.Load.Rate == 0 || p < 0 || o < 0 {
			continue
		}
		for _, x := range percentiles {
			ours, lowest := r.Measured()[o], lowestPeer(r, x.of)
			times := result.PairedRatio(latency(x.of, lowest), latency(x.of, ours))
			fmt.Fprintf(b, "| %s | %s | **%.2f** of %s (%s) | %s |%s %s |\n", r.Name, x.name, times.Value, names[server(lowest.URL)], times.Interval(), between(latency(x.of, ours)),
				peerCells(r, func(t *result.Target) string { return between(latency(x.of, t)) }), between(delays(x.of, ours)))
		}
	}
}

// lowestPeer is the peer with the lowest median of a percentile. REQUIRES: there is one.
func lowestPeer(r *result.Run, of func(*result.Summary) int64) *result.Target {
	peers := slices.DeleteFunc(slices.Clone(r.Measured()), func(t *result.Target) bool { return server(t.URL) == "cachegopher" })
	return slices.MinFunc(peers, func(x, y *result.Target) int {
		return cmp.Compare(result.Median(latency(of, x)), result.Median(latency(of, y)))
	})
}

// between shows the median, the least and the most of v.
func between(v []float64) string {
	if len(v) == 0 {
		return ""
	}
	return fmt.Sprintf("%.0f (%.0f to %.0f)", math.Round(result.Median(v)), slices.Min(v), slices.Max(v))
}
