package result

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// Cell is a metric over rounds: the median, and the spread if there are several.
func (m Metric) Cell(rounds []*Round) string {
	v := m.Values(rounds)
	if m.Name == "errors" {
		n := 0.0
		for _, x := range v {
			n += x
		}
		return fmt.Sprintf("%.0f", n)
	}
	s := m.Format(Median(v))
	if len(v) > 1 && !math.IsNaN(Median(v)) {
		s += fmt.Sprintf(" ±%.0f%%", 100*Spread(v))
	}
	return s
}

// Describe describes a run in one line.
func (r *Run) Describe() string {
	l, w := &r.Load, &r.Workload
	how := "closed loop"
	if l.Rate > 0 {
		how = "open loop at " + FormatCount(l.Rate) + "/s"
		if l.Poisson {
			how += ", Poisson"
		}
	}
	how += l.manner()
	if l.Within > 0 {
		how += ", good within " + FormatTime(l.Within*1e9)
	}
	if r.Replay != nil {
		return r.Replay.describe(l)
	}
	mix := w.Mix
	if len(w.Commands) > 0 {
		mix += " (" + strings.Join(w.Commands, "; ") + ")"
	}
	s := fmt.Sprintf("%s keys of %s B, %s, values %s, %s; %d connections x %d, %s", FormatCount(float64(w.Keys)), w.KeySize, w.Dist, w.Value, mix, l.Conns, l.Depth, how)
	if w.ReadThrough {
		s += ", read-through"
	}
	return s
}

// manner says what is unusual about connections; empty: nothing.
func (l *Load) manner() (s string) {
	if l.ReceiveBuffer > 0 {
		s += ", receive buffers of " + FormatBytes(float64(l.ReceiveBuffer))
	}
	if l.ReadSize > 0 {
		s += ", reads of " + FormatBytes(float64(l.ReadSize))
	}
	if l.Think > 0 {
		s += ", think for " + FormatTime(l.Think*1e9)
	}
	if l.Pause != "" {
		s += ", pauses " + l.Pause
	}
	if l.Churn > 0 {
		s += fmt.Sprintf(", %d requests a connection", l.Churn)
	}
	if l.Herd {
		s += ", all at once"
	}
	if l.Agents > 0 {
		s += fmt.Sprintf(", from %d agents", l.Agents)
	}
	return s
}

// Table prints the figures of a run to fit a terminal, one column per target.
func (r *Run) Table(out io.Writer) {
	t := table.NewWriter()
	t.SetOutputMirror(out)
	t.SetStyle(table.StyleLight)
	t.Style().Options.SeparateColumns = false
	t.Style().Options.DrawBorder = false
	t.Style().Format.Header = text.FormatDefault
	measured := r.Measured()
	head, columns := table.Row{""}, []table.ColumnConfig(nil)
	for i, x := range measured {
		head = append(head, x.URL)
		columns = append(columns, table.ColumnConfig{Number: i + 2, Align: text.AlignRight, AlignHeader: text.AlignRight})
	}
	t.SetColumnConfigs(columns)
	t.AppendHeader(head)
	for _, m := range r.Metrics() {
		row := table.Row{m.Title()}
		for _, x := range measured {
			row = append(row, m.Cell(x.Rounds))
		}
		t.AppendRow(row)
	}
	fmt.Fprintf(out, "\n%s: %s\n\n", r.Name, r.Describe()) //nolint:errcheck // standard output is gone
	if len(measured) > 0 {
		t.Render()
	}
	for _, line := range r.Remarks() {
		fmt.Fprintln(out, line) //nolint:errcheck // likewise
	}
}

// Measured returns the targets that have figures.
func (r *Run) Measured() (all []*Target) {
	for _, t := range r.Targets {
		if len(t.Rounds) > 0 {
			all = append(all, t)
		}
	}
	return all
}

// Metrics returns the metrics that at least one target has.
func (r *Run) Metrics() (all []Metric) {
	for _, m := range Metrics {
		if slices.ContainsFunc(r.Targets, func(t *Target) bool { return len(m.Values(t.Rounds)) > 0 }) {
			all = append(all, m)
		}
	}
	return all
}

// Remarks are what a reader of a run's figures must know: missing and failed targets, errors.
func (r *Run) Remarks() (lines []string) {
	for _, t := range r.Targets {
		if t.Missing != "" {
			lines = append(lines, t.URL+" is missing: "+t.Missing)
		}
		if t.Failed != "" {
			lines = append(lines, t.URL+" failed: "+t.Failed)
		}
		if t.Note != "" {
			lines = append(lines, t.URL+": "+t.Note)
		}
		if t.HighestRate > 0 {
			lines = append(lines, fmt.Sprintf("%s: the highest rate within the wanted latency is %s/s", t.URL, FormatCount(t.HighestRate)))
		}
		var expected, stale int64
		for i, round := range t.Rounds {
			expected += round.Expected
			stale += round.Stale
			if len(round.Errors) > 0 {
				lines = append(lines, fmt.Sprintf("%s, round %d: errors %s; the first: %s", t.URL, i+1, kinds(round.Errors), round.Example))
			}
		}
		lines = append(lines, t.agents()...)
		if lost := t.changes(); lost != "" {
			lines = append(lines, t.URL+": of the trace: "+lost)
		}
		if expected > 0 {
			lines = append(lines, fmt.Sprintf("%s: %d sets over the limit were refused, as expected", t.URL, expected))
		}
		if stale > 0 {
			lines = append(lines, fmt.Sprintf("%s: %d reads saw an older version, as replicas may", t.URL, stale))
		}
	}
	return lines
}

func kinds(errors map[string]int64) string {
	var all []string
	for _, k := range sortedKeys(errors) {
		all = append(all, fmt.Sprintf("%s %d", k, errors[k]))
	}
	return strings.Join(all, ", ")
}
