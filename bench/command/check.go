package command

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"github.com/cachegopher/cachegopher/bench/result"
	"github.com/cachegopher/cachegopher/bench/runner"
	"github.com/cachegopher/cachegopher/bench/suite"
)

func (a *app) checkCommand() *cobra.Command {
	var l loadFlags
	var o outputFlags
	var path string
	var write bool
	var allowed float64
	var rounds int
	c := &cobra.Command{
		Use:   "check",
		Short: "Fail if a node has become slower relative to a peer measured beside it",
		Long: `check measures a node and redis-server in short alternating rounds, and compares the ratio of the CPU that
they take for a request with that in the baseline. The exit status is 1 when it is worse by more than --threshold, by
more than chance explains: what looks worse is measured again for twice as many rounds. Figures of rounds are set against
each other in pairs and their median is taken, so that other work on the machine does little.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) (failed error) {
			r, err := l.runner(a, []string{suite.Ours})
			if err != nil {
				return usageError{err}
			}
			watch, end, err := a.watching(&o)
			if err != nil {
				return usageError{err}
			}
			defer func() { failed = errors.Join(failed, end()) }()
			r.Watch = watch
			rep := a.newReport("check")
			measure := a.measure(r, rep)
			if write {
				return writeBaseline(c.Context(), measure, path, rounds)
			}
			base, err := suite.ReadBaselines(path)
			if err != nil {
				return usageError{fmt.Errorf("--baseline: %w", err)}
			}
			verdicts, err := suite.Check(c.Context(), measure, base, rounds, allowed/100)
			if err = errors.Join(err, o.write(c.Context(), rep)); err != nil {
				return err
			}
			return a.verdicts(verdicts, allowed)
		},
	}
	f := c.Flags()
	f.StringVar(&path, "baseline", "bench/baseline.json", "the baseline")
	f.BoolVar(&write, "write", false, "measure and write the baseline instead")
	f.Float64Var(&allowed, "threshold", 15, "percent by which a figure may get worse")
	f.IntVar(&rounds, "rounds", 9, "alternating rounds")
	l.addPlace(f)
	o.add(f)
	return c
}

// measure makes runs, prints them and adds them to all. suite.Check puts repeated rounds into the run that all already
// holds.
func (a *app) measure(r *runner.Runner, all *result.Report) suite.Measure {
	return func(ctx context.Context, jobs []*suite.Job) (*result.Report, error) {
		rep := &result.Report{}
		err := suite.Do(ctx, r, jobs, rep, func(run *result.Run) {
			a.clear()
			a.print(run)
		})
		for _, run := range rep.Runs {
			if !slices.ContainsFunc(all.Runs, func(x *result.Run) bool { return x.Name == run.Name }) {
				all.Runs = append(all.Runs, run)
			}
		}
		all.Notes = append(all.Notes, rep.Notes...)
		return rep, err
	}
}

// writeBaseline measures and writes a baseline.
func writeBaseline(ctx context.Context, measure suite.Measure, path string, rounds int) error {
	rep, err := measure(ctx, suite.CheckJobs(rounds))
	if err != nil {
		return err
	}
	base, err := suite.Baselines(rep)
	if err != nil {
		return err
	}
	return wrap("--baseline", suite.WriteBaselines(path, base))
}

// verdicts prints how a node compares with its baseline.
func (a *app) verdicts(all []suite.Verdict, allowed float64) error {
	t := table.NewWriter()
	t.SetOutputMirror(a.out)
	t.SetStyle(table.StyleLight)
	t.AppendHeader(table.Row{"run", "figure", "to", "baseline", "now", "95% interval", ""})
	worse := 0
	for _, v := range all {
		mark := ""
		switch {
		case v.Worse:
			mark = "WORSE"
			worse++
		case v.Vague(allowed / 100):
			mark = "too noisy to be sure"
		}
		t.AppendRow(table.Row{v.Run, v.Metric, v.Peer, fmt.Sprintf("%.3f", v.Ratio), fmt.Sprintf("%.3f", v.Now.Value), v.Now.Interval(), mark})
	}
	t.Render()
	if worse > 0 {
		return fmt.Errorf("%d figures are worse by more than %g%%", worse, allowed)
	}
	return nil
}
