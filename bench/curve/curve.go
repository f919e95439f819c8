// Package curve measures the hit ratio of targets over the memory that they may use, by replaying a trace with each size.
package curve

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/cachegopher/cachegopher/bench/result"
	"github.com/cachegopher/cachegopher/bench/runner"
	"github.com/cachegopher/cachegopher/bench/workload"
)

// Section is the section of a curve's runs in a report.
const Section = "Hit ratio over memory"

// least is the least memory of a point in bytes.
const least = 64 << 10

// Sizes reads a list of memory sizes such as 1%,10%,64MB, in bytes and in ascending order. Percent are of the footprint: the
// bytes of all keys and values of the trace.
func Sizes(list string, footprint float64) (all []int, err error) {
	for item := range strings.SplitSeq(list, ",") {
		item = strings.TrimSpace(item)
		n := 0
		if percent, ok := strings.CutSuffix(item, "%"); ok {
			share, err := strconv.ParseFloat(percent, 64)
			if err != nil || !(share > 0 && share <= 1000) {
				return nil, fmt.Errorf("memory %q: percent of the trace's footprint, over 0", item)
			}
			n = int(share / 100 * footprint)
		} else if n, err = workload.ParseBytes(item); err != nil {
			return nil, fmt.Errorf("memory: %w", err)
		}
		if n < least {
			return nil, fmt.Errorf("memory %s: that is %s, and caches take %s or more", item, result.FormatBytes(float64(n)), result.FormatBytes(least))
		}
		all = append(all, n)
	}
	slices.Sort(all)
	return slices.Compact(all), nil
}

// Do replays the job's trace with each size, on each target by itself, job.Rounds times, of which the last counts, and adds
// the runs to rep. A target that fails with one size has no point there. done is called after each run.
func Do(ctx context.Context, r *runner.Runner, job *runner.Job, sizes []int, rep *result.Report, done func(*result.Run)) error {
	var errs []error
	for _, size := range sizes {
		one, with := *job, *r
		with.Memory = size
		one.Name, one.Section, one.X, one.XName, one.XUnit = result.FormatBytes(float64(size)), Section, float64(size), "memory", "B"
		one.Alone, one.Targets = true, slices.Clone(job.Targets)
		run, err := with.Do(ctx, &one)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", one.Name, err))
		}
		if run != nil {
			for _, t := range run.Targets {
				switch {
				case len(t.Rounds) == job.Rounds && t.Failed == "":
					t.Rounds = t.Rounds[job.Rounds-1:]
				default:
					t.Rounds = nil
				}
			}
			rep.Runs = append(rep.Runs, run)
			done(run)
		}
		if ctx.Err() != nil {
			break
		}
	}
	return errors.Join(errs...)
}

// Line is a target's curve.
type Line struct {
	Target string
	Points []Point // in ascending order of memory
}

// Point is a measurement; both in their units, bytes and percent.
type Point struct{ Memory, Hits float64 }

// Lines are the curves of a report, in the order of its targets.
func Lines(rep *result.Report) (all []Line) {
	names := rep.Names()
	m := result.MetricOf("hit ratio")
	for _, run := range rep.Runs {
		if run.Section != Section {
			continue
		}
		for _, t := range run.Targets {
			name := names[t.URL]
			i := slices.IndexFunc(all, func(l Line) bool { return l.Target == name })
			if i < 0 {
				i = len(all)
				all = append(all, Line{Target: name})
			}
			if v := m.Values(t.Rounds); len(v) > 0 {
				all[i].Points = append(all[i].Points, Point{run.X, v[len(v)-1]})
			}
		}
	}
	return all
}

// Table prints the hit ratios, a row for each size.
func Table(rep *result.Report, footprint float64, out io.Writer) {
	lines := Lines(rep)
	t := table.NewWriter()
	t.SetOutputMirror(out)
	t.SetStyle(table.StyleLight)
	t.Style().Options.SeparateColumns, t.Style().Options.DrawBorder = false, false
	t.Style().Format.Header = text.FormatDefault
	head, columns := table.Row{"memory", "of the footprint"}, []table.ColumnConfig{{Number: 1, Align: text.AlignRight}, {Number: 2, Align: text.AlignRight}}
	for i, l := range lines {
		head = append(head, l.Target)
		columns = append(columns, table.ColumnConfig{Number: i + 3, Align: text.AlignRight, AlignHeader: text.AlignRight})
	}
	t.SetColumnConfigs(columns)
	t.AppendHeader(head)
	for _, run := range rep.Runs {
		row := table.Row{run.Name, fmt.Sprintf("%.3g%%", 100*run.X/footprint)}
		for _, l := range lines {
			cell := "-"
			if i := slices.IndexFunc(l.Points, func(p Point) bool { return p.Memory == run.X }); i >= 0 {
				cell = fmt.Sprintf("%.2f%%", l.Points[i].Hits)
			}
			row = append(row, cell)
		}
		t.AppendRow(row)
	}
	fmt.Fprintf(out, "\n%s\n\n", Section) //nolint:errcheck // standard output is gone
	t.Render()
}
