//go:build linux

package failover

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cachegopher/cachegopher/bench/result"
)

// Markers in the document; the rows stand between them.
const (
	tableBegin = "<!-- written by make failover; do not edit -->\n"
	tableEnd   = "<!-- end of what make failover writes -->\n"
)

// Document writes the rows into a file, with how, a line on how they were measured.
func Document(file, how string, rows []Row) error {
	var b strings.Builder
	fmt.Fprintf(&b, "\n%s\n\n", how)
	b.WriteString("| fault | times | writes again: median, worst | longest write: median, worst | requests | failed | acknowledged writes lost | counted by the nodes | changes of primary | reached |\n")
	b.WriteString("|---|---|---|---|---|---|---|---|---|---|\n")
	for _, r := range rows {
		reached := "yes"
		if why := r.missed(); why != "" {
			reached = "no: " + why
		}
		fmt.Fprintf(&b, "| %s | %d | %s, %s | %s, %s | %d | %d | %d | %d | %d | %s |\n", append(r.figures(), reached)...)
	}
	b.WriteString("\n")
	return result.ReplaceBetween(file, tableBegin, tableEnd, b.String())
}

func ms(d time.Duration) string { return fmt.Sprintf("%.0f ms", float64(d)/1e6) }

func back(o Outcome) time.Duration    { return o.Back }
func longest(o Outcome) time.Duration { return o.Longest }

// spread returns the median and the worst of a figure.
func (r Row) spread(of func(Outcome) time.Duration) (median, worst time.Duration) {
	var all []time.Duration
	for _, o := range r.Outcomes {
		all = append(all, of(o))
	}
	slices.Sort(all)
	return all[len(all)/2], all[len(all)-1]
}

// figures are what was measured, for a table and for a terminal.
func (r Row) figures() []any {
	median, worst := r.spread(back)
	longMedian, longWorst := r.spread(longest)
	s := r.sum()
	return []any{r.Fault.name, len(r.Outcomes), ms(median), ms(worst), ms(longMedian), ms(longWorst), s.Requests, s.Failed, s.Lost, s.Counted, s.Changes}
}

func (r Row) sum() (s Outcome) {
	for _, o := range r.Outcomes {
		s.Requests += o.Requests
		s.Failed += o.Failed
		s.Lost += o.Lost
		s.Counted += o.Counted
		s.Changes += o.Changes
	}
	return s
}

// missed says which limits of the row were exceeded; empty: none.
func (r Row) missed() string {
	s, judged := r.sum(), back
	if r.Fault.planned {
		judged = longest
	}
	var why []string
	median, worst := r.spread(judged)
	if r.Fault.median > 0 && median > r.Fault.median {
		why = append(why, fmt.Sprintf("the median is over %s", ms(r.Fault.median)))
	}
	if r.Fault.worst > 0 && worst > r.Fault.worst {
		why = append(why, fmt.Sprintf("the worst is over %s", ms(r.Fault.worst)))
	}
	if r.Fault.planned && s.Failed > 0 {
		why = append(why, "requests failed")
	}
	if r.Fault.planned && s.Lost > 0 {
		why = append(why, "acknowledged writes were lost")
	}
	if !r.Fault.planned && s.Lost > s.Counted {
		why = append(why, "writes were lost and not counted")
	}
	if r.Fault.stays && s.Changes > 0 {
		why = append(why, "the primary changed")
	}
	return strings.Join(why, "; ")
}

// line renders the row for a terminal.
func (r Row) line() string {
	text := fmt.Sprintf("%s, %d times: writes again after %s (worst %s), longest write %s (worst %s), of %d requests %d failed, %d acknowledged writes lost, %d counted, %d changes of primary", r.figures()...)
	if why := r.missed(); why != "" {
		text += "; NOT REACHED: " + why
	}
	return text
}

// Reached reports whether all rows are within their limits.
func Reached(rows []Row) bool {
	return !slices.ContainsFunc(rows, func(r Row) bool { return r.missed() != "" })
}
