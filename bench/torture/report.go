//go:build linux

package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/cachegopher/cachegopher/bench/result"
)

// line is one attack as a line of text, while the run goes on.
func (o *outcome) line(w io.Writer) {
	fmt.Fprintf(w, "%-8s %-13s %-58s %8d  p99 %8s calm %8s worst  memory %s  %5.1f s + %.1f  %s%s\n", //nolint:errcheck // standard output
		o.verdict(), o.Family+o.build(), o.Name, o.Done, show(o.During.P99), show(o.Calm.P99)+", "+show(o.During.Max),
		o.Memory, o.Took.Seconds(), o.Settled.Seconds(), strings.Join(o.Notes, "; "), o.why())
}

func (o *outcome) verdict() string {
	switch {
	case len(o.Failures) > 0:
		return "FAILED"
	case o.Skipped:
		return "SKIPPED"
	case o.Tries > 1:
		return fmt.Sprintf("passed@%d", o.Tries)
	}
	return "passed"
}

func (o *outcome) build() string {
	if o.Raced {
		return " race"
	}
	return ""
}

func (o *outcome) why() string {
	if len(o.Failures) == 0 {
		return ""
	}
	return "\n         " + strings.Join(o.Failures, "\n         ")
}

func (m memory) String() string {
	if m.Peak == 0 {
		return "-"
	}
	return fmt.Sprintf("%d/%d/%d MB", m.Before>>20, m.Peak>>20, m.After>>20)
}

// Markers in the document; the table stands between them.
const (
	tableBegin = "<!-- written by make torture; do not edit -->\n"
	tableEnd   = "<!-- end of what make torture wrote -->\n"
)

// writeDocument puts the table in its place in the document at path.
func writeDocument(path, commit, remark string, began time.Time, all []*outcome) error {
	return result.ReplaceBetween(path, tableBegin, tableEnd, markdown(commit, remark, began, all))
}

func markdown(commit, remark string, began time.Time, all []*outcome) string {
	m := result.Facts(commit)
	var b strings.Builder
	failed, skipped, faults := 0, 0, 0
	for _, o := range all {
		faults += o.Done
		if o.Skipped {
			skipped++
		}
		if len(o.Failures) > 0 {
			failed++
		}
	}
	fmt.Fprintf(&b, "\n%s, %s; load of the machine when it began: %s. %d attacks with %d faults in %v, %d failed, %d skipped.",
		began.UTC().Format("2006-01-02 15:04 UTC"), m, m.Load,
		len(all), faults, time.Since(began).Round(time.Second), failed, skipped)
	if remark != "" {
		b.WriteString(" " + remark)
	}
	family := ""
	for _, o := range all {
		if f := o.Family + o.build(); f != family {
			family = f
			fmt.Fprintf(&b, "\n\n### %s\n\n| attack | faults | outcome | p99 calm | p99 meanwhile | worst | memory before, peak, after |\n|---|---|---|---|---|---|---|", f)
		}
		fmt.Fprintf(&b, "\n| %s | %s | %s | %s | %s | %s | %s |", o.Name, group3(o.Done), o.cell(), latency(o.Calm, o.Calm.P99), latency(o.During, o.During.P99), latency(o.During, o.During.Max), o.Memory)
	}
	b.WriteString("\n\n")
	return b.String()
}

func latency(s seen, ns int64) string {
	if s.Requests == 0 {
		return "-"
	}
	return show(ns)
}

// cell is an outcome for a table.
func (o *outcome) cell() string {
	parts := append([]string{o.verdict()}, o.Notes...)
	if o.Tries > 1 && !o.Skipped {
		parts[0] = fmt.Sprintf("%s at try %d", map[bool]string{true: "passed", false: "FAILED"}[len(o.Failures) == 0], o.Tries)
	}
	if len(o.During.Errors) > 0 {
		parts = append(parts, "clients saw "+showErrors(o.During.Errors))
	}
	for _, why := range o.Failures {
		first, _, _ := strings.Cut(why, "\n")
		parts = append(parts, first[:min(len(first), 200)])
	}
	return strings.ReplaceAll(strings.Join(parts, "; "), "|", "\\|")
}

// group3 writes n with commas between thousands.
func group3(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
