package command

import (
	"fmt"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"github.com/cachegopher/cachegopher/bench/page"
	"github.com/cachegopher/cachegopher/bench/result"
)

func (a *app) compareCommand() *cobra.Command {
	var allowed float64
	c := &cobra.Command{
		Use:   "compare [flags] BEFORE.json AFTER.json",
		Short: "Show how two results differ, with confidence intervals",
		Long: `compare shows how the figures of two results differ: ratios with their 95% confidence intervals.

The exit status is 1 when a figure is worse by more than --threshold and the interval leaves no doubt
that it is worse; 2 when the two cannot be compared.`,
		Args: cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			before, err := result.Read(args[0])
			if err != nil {
				return usageError{err}
			}
			after, err := result.Read(args[1])
			if err != nil {
				return usageError{err}
			}
			changes, err := result.Compare(before, after, allowed/100)
			if err != nil {
				return usageError{err}
			}
			if n := a.changes(changes); n > 0 {
				return fmt.Errorf("%d figures are worse by more than %g%%", n, allowed)
			}
			return nil
		},
	}
	c.Flags().Float64Var(&allowed, "threshold", 5, "percent by which a figure may get worse")
	return c
}

// changes prints a comparison and returns how many figures got worse.
func (a *app) changes(changes []result.Change) (worse int) {
	t := table.NewWriter()
	t.SetOutputMirror(a.out)
	t.SetStyle(table.StyleLight)
	t.AppendHeader(table.Row{"run", "target", "figure", "before", "after", "ratio", "95% interval", ""})
	for _, c := range changes {
		m, mark := result.MetricOf(c.Metric), ""
		if c.Worse {
			mark = "WORSE"
			worse++
		}
		t.AppendRow(table.Row{c.Run, c.Target, c.Metric, m.Format(c.Before), m.Format(c.After), fmt.Sprintf("%.3f", c.Ratio.Value), c.Ratio.Interval(), mark})
	}
	t.Render()
	return worse
}

func (a *app) reportCommand() *cobra.Command {
	var html string
	c := &cobra.Command{
		Use:   "report RESULT.json [--html FILE]",
		Short: "Show results again, as tables or as a page",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			r, err := result.Read(args[0])
			if err != nil {
				return usageError{err}
			}
			if html != "" {
				return wrap("--html", page.Save(r, html))
			}
			for _, run := range r.Runs {
				a.print(run)
			}
			return nil
		},
	}
	c.Flags().StringVar(&html, "html", "", "write a page with pictures to this `file` instead")
	return c
}
