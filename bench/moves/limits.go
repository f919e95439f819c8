//go:build linux

package moves

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// The limits of a rebalance.
const (
	heldMedian = 20 * time.Millisecond
	heldWorst  = 100 * time.Millisecond
	moveWithin = time.Minute
	slower     = 1.5              // p99 during it, beside the one before it
	orLater    = time.Millisecond // or this much later
)

// line renders the row for a terminal.
func (l Limit) line() string {
	text := l.What + ": " + l.Measured
	if l.AtMost != "" {
		text += ", at most " + l.AtMost
	}
	if l.Missed {
		text += "; NOT REACHED"
	}
	return text
}

// count is for what must not happen.
func count(what string, n int) Limit {
	return Limit{What: what, Measured: fmt.Sprint(n), AtMost: "0", Missed: n > 0}
}

// with adds the first fault.
func (l Limit) with(first error) Limit {
	if first != nil {
		l.Measured += fmt.Sprintf(", the first: %v", first)
	}
	return l
}

// span is for a time; most is 0 if it has no limit.
func span(what string, d, most time.Duration) Limit {
	l := Limit{What: what, Measured: round(d), time: true}
	if most > 0 {
		l.AtMost, l.Missed = round(most), d > most
	}
	return l
}

// round renders a time for readers.
func round(d time.Duration) string {
	if d < time.Second {
		return fmt.Sprintf("%.3g ms", float64(d)/1e6)
	}
	return fmt.Sprintf("%.3g s", d.Seconds())
}

// limits judges what was measured. REQUIRES measure.
func (g *growth) limits() (all []Limit) {
	earlier, meanwhile, later := g.load.sum("", before, before), g.load.sum("", during, during), g.load.sum("", after, after)
	whole := g.load.sum("", warming, after)
	all = []Limit{
		count("keys lost", g.kept.Missing),
		count("values older than acknowledged", whole.Stale+g.kept.Older).with(whole.Odd),
		count("wrong answers", whole.Wrong+g.kept.Wrong),
		count("misses of keys that exist, during", meanwhile.Misses),
		count("misses of keys that exist, before and after", earlier.Misses+later.Misses),
	}
	for _, name := range g.names() {
		t := g.load.sum(name, warming, after)
		all = append(all, count("errors of "+name, t.Errors).with(t.First))
	}
	all = append(all, g.times(&earlier, &meanwhile)...)
	left := Limit{What: "every slot has one owner, and nothing is left where it was moved from", Measured: "yes"}
	if g.left != "" {
		left.Measured, left.AtMost, left.Missed = g.left, "none", true
	}
	return append(all, left)
}

// names are those of the stores.
func (t *trial) names() (all []string) {
	for _, s := range t.stores {
		if !slices.Contains(all, s.name) {
			all = append(all, s.name)
		}
	}
	return all
}

func (g *growth) times(earlier, meanwhile *tally) (all []Limit) {
	at := func(t *tally, percent float64) time.Duration {
		return time.Duration(t.latency.ValueAtPercentile(percent))
	}
	most := at(earlier, 99)
	most = max(time.Duration(slower*float64(most)), most+orLater)
	return []Limit{
		span("half of the requests before it take", at(earlier, 50), 0),
		span("half of the requests during it take", at(meanwhile, 50), 0),
		span("99% of the requests before it take", at(earlier, 99), 0),
		span("99% of the requests during it take", at(meanwhile, 99), most),
		span("longest write before it", earlier.Write, 0),
		span("longest write during it", meanwhile.Write, 0),
		span("writes held at a hand-over, median", g.holds.median(), heldMedian),
		span("writes held at a hand-over, worst", g.holds.worst(), heldWorst),
		{What: "hand-overs", Measured: fmt.Sprint(len(g.holds))},
		span("time to move a third of the slots", g.took, moveWithin),
		{What: "requests a second during it", Measured: fmt.Sprintf("%.0f", float64(meanwhile.Requests)/g.took.Seconds())},
	}
}

func join(all []string) string { return strings.Join(all, "; ") }
