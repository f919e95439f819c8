package command

import (
	"fmt"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"github.com/cachegopher/cachegopher/bench/result"
	"github.com/cachegopher/cachegopher/bench/runner"
	"github.com/cachegopher/cachegopher/bench/suite"
)

// writeBaseline measures and writes a baseline.
func (a *app) writeBaseline(c *cobra.Command, r *runner.Runner, rep *result.Report, path string, rounds int) error {
	err := suite.Do(c.Context(), r, suite.CheckJobs(rounds), rep, func(run *result.Run) {
		a.clear()
		a.print(run)
	})
	if err != nil {
		return err
	}
	base, err := suite.Baselines(rep)
	if err != nil {
		return err
	}
	return wrap("--baseline", suite.WriteBaselines(path, base))
}

// verdicts shows how a node stands against its baseline.
func (a *app) verdicts(all []suite.Verdict, allowed float64) error {
	t := table.NewWriter()
	t.SetOutputMirror(a.out)
	t.SetStyle(table.StyleLight)
	t.AppendHeader(table.Row{"run", "figure", "to", "baseline", "now", "95% interval", ""})
	worse := 0
	for _, v := range all {
		mark := ""
		if v.Worse {
			mark = "WORSE"
			worse++
		}
		t.AppendRow(table.Row{v.Run, v.Metric, v.Peer, fmt.Sprintf("%.3f", v.Ratio), fmt.Sprintf("%.3f", v.Now.Value), interval(v.Now), mark})
	}
	t.Render()
	if worse > 0 {
		return fmt.Errorf("%d figures are worse by more than %g%%", worse, allowed)
	}
	return nil
}
