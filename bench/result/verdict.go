package result

import (
	"fmt"
	"slices"
	"strings"
)

// headlines are what a verdict begins with.
var headlines = map[Side]string{
	ShortGenerator:   "THE GENERATOR WAS THE BOTTLENECK",
	ShortServer:      "THE SERVER WAS SHORT",
	ShortBoth:        "GENERATOR AND SERVER WERE BOTH SHORT",
	ShortConnections: "THERE WERE TOO FEW CONNECTIONS",
	ShortMachine:     "OTHER WORK HAD THE CORES",
	ShortUnknown:     "ONE SIDE WAS SHORT",
}

// Verdicts are lines that say, for each target, which side was short in which rounds, and what disturbed them.
func (r *Run) Verdicts() (lines []string) {
	for _, t := range r.Targets {
		for _, side := range []Side{ShortGenerator, ShortServer, ShortBoth, ShortConnections, ShortMachine, ShortUnknown} {
			lines = append(lines, r.tell(t, headlines[side], func(x *Round) string {
				if x.Short == side {
					return x.Verdict
				}
				return ""
			})...)
		}
		lines = append(lines, r.tell(t, "OTHER WORK DISTURBED THIS", func(x *Round) string { return strings.Join(x.Disturbed, "; ") })...)
	}
	return lines
}

// tell is a line with the text of the last round that has one, and how many have.
func (r *Run) tell(t *Target, head string, text func(*Round) string) []string {
	n, last := 0, ""
	for _, x := range t.Rounds {
		if v := text(x); v != "" {
			n, last = n+1, v
		}
	}
	if n == 0 {
		return nil
	}
	return []string{fmt.Sprintf("%s: %s, %d of %d rounds: %s: %s", r.Name, t.URL, n, len(t.Rounds), head, last)}
}

// MissedRates says which targets did not reach the rate that was asked for; nil: all did.
func (r *Run) MissedRates() error {
	var missed []string
	for _, t := range r.Targets {
		if i := slices.IndexFunc(t.Rounds, func(x *Round) bool { return x.Flow.Missed }); i >= 0 {
			x := t.Rounds[i]
			missed = append(missed, fmt.Sprintf("%s reached %s/s of %s/s in round %d", t.URL, FormatCount(x.Throughput()), FormatCount(x.Flow.Asked), i+1))
		}
	}
	if missed == nil {
		return nil
	}
	return fmt.Errorf("the rate was missed: %s", strings.Join(missed, "; "))
}
