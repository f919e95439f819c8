package clients

import (
	"errors"
	"fmt"
	"strings"

	"github.com/cachegopher/cachegopher/bench/result"
)

// Markers in the document; the table stands between them.
const (
	tableBegin = "<!-- measured by make peers; do not edit -->\n"
	tableEnd   = "<!-- end of the Go clients -->\n"
)

// goals are the wanted ratios of our throughput to that of the fastest peer.
var goals = map[int]float64{1: 1.2, 64: 2, 512: 2}

// Render writes the table of a report into the document.
func Render(rep *result.Report, document string) error {
	if len(rep.Runs) == 0 {
		return errors.New("nothing was measured")
	}
	return result.ReplaceBetween(document, tableBegin, tableEnd, table(rep))
}

func table(rep *result.Report) string {
	var b strings.Builder
	first := rep.Runs[0]
	fmt.Fprintf(&b, "\n%s; %s. Values of %s bytes, %s. %d rounds of %.1f s, in turn.\n\n", rep.Machine, rep.Started.UTC().Format("2006-01-02"),
		first.Workload.Value, first.Workload.Mix, len(first.Measured()[0].Rounds), first.Load.Duration)
	b.WriteString("| server | goroutines | client | requests a second | client's CPU, us | reads and writes a request | p50, us | p99, us | ours is so many times as fast, 95% interval | goal |\n|---|---|---|---|---|---|---|---|---|---|\n")
	for _, run := range rep.Runs {
		mine, peers := sides(run)
		best := fastest(peers)
		for _, t := range run.Measured() {
			times, goal := "", ""
			if mine != nil && t != mine {
				r := ratio(mine, t, rate)
				times = fmt.Sprintf("%.2f (%s)", r.Value, r.Interval())
			}
			if want := goals[run.Load.Conns]; t == best && want > 0 {
				times, goal = "**"+times+"**", fmt.Sprint(want)
			}
			fmt.Fprintf(&b, "| %s | %d | %s | %.0fk | %.2f | %.2f | %.0f | %.0f | %s | %s |\n", run.Section, run.Load.Conns, name(t.URL), median(t, rate)/1e3,
				median(t, cpu)/1e3, median(t, calls), median(t, p50)/1e3, median(t, p99)/1e3, times, goal)
		}
	}
	b.WriteString("\n")
	return b.String()
}
