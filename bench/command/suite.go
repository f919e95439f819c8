package command

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/cachegopher/cachegopher/bench/result"
	"github.com/cachegopher/cachegopher/bench/suite"
)

func (a *app) suiteCommand() *cobra.Command {
	var l loadFlags
	var o outputFlags
	var quick, list bool
	var only, docs string
	var from []string
	c := &cobra.Command{
		Use:   "suite",
		Short: "The standard set of runs, each beside its peers",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if len(from) > 0 {
				return again(from, &o, docs)
			}
			_, peers := a.schemes["inproc:otter"]
			jobs := suite.Jobs(suite.Options{Quick: quick, Peers: peers, Only: only, Seed: l.seed})
			if len(jobs) == 0 {
				return usageError{fmt.Errorf("no run's section and name contain %q", only)}
			}
			if list {
				for _, j := range jobs {
					fmt.Fprintf(a.out, "%s: %s\n", j.Section, j.Name) //nolint:errcheck // nobody is left to tell
				}
				return nil
			}
			if err := o.check(); err != nil {
				return usageError{err}
			}
			r, err := l.runner(a, []string{suite.Ours})
			if err != nil {
				return usageError{err}
			}
			r.Watch = a.watch(&o)
			rep := a.newReport("The suite")
			err = suite.Do(c.Context(), r, jobs, rep, func(run *result.Run) {
				a.clear()
				a.print(run)
			})
			err = errors.Join(err, o.write(rep))
			if docs != "" {
				err = errors.Join(err, wrap("--docs", suite.WriteDocs(rep, docs)))
			}
			return err
		},
	}
	f := c.Flags()
	f.SortFlags = false
	f.BoolVar(&quick, "quick", false, "shorter: under 3 minutes")
	f.StringVar(&only, "only", "", "only runs whose section/name contains this")
	f.BoolVar(&list, "list", false, "list the runs and make none")
	f.StringVar(&docs, "docs", "", "write tables and pictures into this document, between its markers")
	f.StringSliceVar(&from, "from", nil, "measure nothing, take the `files` of earlier --json")
	l.addPlace(f)
	o.add(f)
	return c
}

// again writes the pages and documents of results that were measured before, together.
func again(files []string, o *outputFlags, docs string) error {
	var rep *result.Report
	for _, path := range files {
		r, err := result.Read(path)
		if err != nil {
			return usageError{err}
		}
		if rep == nil {
			rep = r
			continue
		}
		rep.Runs, rep.Notes = append(rep.Runs, r.Runs...), append(rep.Notes, r.Notes...)
	}
	err := o.write(rep)
	if docs != "" {
		err = errors.Join(err, wrap("--docs", suite.WriteDocs(rep, docs)))
	}
	return err
}

func (a *app) checkCommand() *cobra.Command {
	var l loadFlags
	var o outputFlags
	var path string
	var write bool
	var allowed float64
	var rounds int
	c := &cobra.Command{
		Use:   "check",
		Short: "Fail if a node has become slower, as a ratio to a peer measured beside it",
		Long: `check measures a node and redis-server in short alternating rounds, and compares the ratio of the CPU that
they take for a request with that in the baseline. The exit status is 1 when it is worse by more than --threshold, by more
than chance, twice.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			r, err := l.runner(a, []string{suite.Ours})
			if err != nil {
				return usageError{err}
			}
			r.Watch = a.watch(&o)
			rep := a.newReport("check")
			if write {
				return a.writeBaseline(c, r, rep, path, rounds)
			}
			base, err := suite.ReadBaselines(path)
			if err != nil {
				return usageError{err}
			}
			verdicts, err := suite.Check(c.Context(), r, base, rounds, allowed/100, rep)
			a.clear()
			err = errors.Join(err, o.write(rep))
			if err != nil {
				return err
			}
			return a.verdicts(verdicts, allowed)
		},
	}
	f := c.Flags()
	f.SortFlags = false
	f.StringVar(&path, "baseline", "bench/baseline.json", "the baseline")
	f.BoolVar(&write, "write", false, "measure and write the baseline instead")
	f.Float64Var(&allowed, "threshold", 15, "percent by which a figure may be worse")
	f.IntVar(&rounds, "rounds", 9, "alternating rounds")
	l.addPlace(f)
	o.add(f)
	return c
}
