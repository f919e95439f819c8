//go:build linux

package moves

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cachegopher/cachegopher/bench/result"
)

// Trial is what a change of the cluster under load did, the sum of all repetitions.
type Trial struct {
	Name                                         string
	Times                                        int
	Requests, Errors, Misses, Stale, Wrong, Lost int
	Counted                                      int             // lost writes that the nodes counted
	Took                                         []time.Duration // until the slots were where they should be
	Note                                         string          // of the first failure
	Problems                                     []string        // what must not have happened

	causes failures // of Errors, by client and cause
}

// take adds what a load saw.
func (t *Trial) take(seen tally) {
	t.Requests += seen.Requests
	t.Errors += seen.Errors
	t.Misses += seen.Misses
	t.Stale += seen.Stale
	t.Wrong += seen.Wrong
	t.causes = t.causes.add(seen.causes)
}

// merge adds another repetition.
func (t *Trial) merge(o Trial) {
	t.Times += o.Times
	t.Requests += o.Requests
	t.Errors += o.Errors
	t.Misses += o.Misses
	t.Stale += o.Stale
	t.Wrong += o.Wrong
	t.Lost += o.Lost
	t.Counted += o.Counted
	t.Took = append(t.Took, o.Took...)
	t.Problems = append(t.Problems, o.Problems...)
	t.causes = t.causes.add(o.causes)
}

func (t *Trial) spread() (median, worst time.Duration) {
	if len(t.Took) == 0 {
		return 0, 0
	}
	sorted := slices.Sorted(slices.Values(t.Took))
	return sorted[len(sorted)/2], sorted[len(sorted)-1]
}

// figures are for a table and for a terminal.
func (t *Trial) figures() []any {
	median, worst := t.spread()
	return []any{t.Name, t.Times, t.Requests, t.failedText(), t.Misses, t.Stale, t.Wrong, t.Lost, t.Counted, round(median), round(worst)}
}

// failedText says how many requests failed, and of which client and why.
func (t *Trial) failedText() string {
	if t.Errors == 0 {
		return "0"
	}
	return fmt.Sprintf("%d (%v)", t.Errors, t.causes)
}

// Line renders the trial for a terminal.
func (t *Trial) Line() string {
	text := fmt.Sprintf("%s, %d times: of %d requests failed %s, %d misses of keys that exist, %d older than acknowledged, %d wrong, %d acknowledged writes lost, %d counted, done after %s (worst %s)", t.figures()...)
	if len(t.Problems) > 0 {
		text += "; NOT REACHED: " + join(t.Problems)
	}
	return text
}

// Markers in the document; the tables stand between them.
const (
	tableBegin = "<!-- written by make moves; do not edit -->\n"
	tableEnd   = "<!-- end of what make moves writes -->\n"
)

// Document writes the tables into a file, with how, a line on how they were measured.
func (r *Report) Document(file, how string) error {
	var b strings.Builder
	fmt.Fprintf(&b, "\n%s\n\n", how)
	if len(r.Limits) > 0 {
		b.WriteString("| | measured | at most | reached |\n|---|---|---|---|\n")
		for _, l := range r.Limits {
			reached := map[bool]string{true: "no", false: "yes"}[l.Missed]
			if l.AtMost == "" {
				reached = ""
			}
			fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", l.What, l.Measured, l.AtMost, reached)
		}
		b.WriteString("\n")
	}
	if len(r.Trials) > 0 {
		b.WriteString("| trial | times | requests | failed | misses of keys that exist | older than acknowledged | wrong | acknowledged writes lost | counted by the nodes | done after: median, worst | reached |\n|---|---|---|---|---|---|---|---|---|---|---|\n")
		for _, t := range r.Trials {
			reached := "yes"
			if len(t.Problems) > 0 {
				reached = "no: " + join(t.Problems)
			}
			fmt.Fprintf(&b, "| %s | %d | %d | %s | %d | %d | %d | %d | %d | %s, %s | %s |\n", append(t.figures(), reached)...)
		}
		b.WriteString("\n")
	}
	return result.ReplaceBetween(file, tableBegin, tableEnd, b.String())
}
