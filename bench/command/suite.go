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
	c := &cobra.Command{
		Use:   "suite",
		Short: "Make the standard set of runs, each beside its peers",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			_, peers := a.schemes["inproc:otter"]
			jobs := suite.Jobs(suite.Options{Quick: quick, Peers: peers, Only: only, Seed: l.seed})
			if len(jobs) == 0 {
				return usageError{fmt.Errorf("no run's section and name contain %q", only)}
			}
			if list {
				for _, j := range jobs {
					fmt.Fprintf(a.out, "%s/%s\n", j.Section, j.Name) //nolint:errcheck // standard output is gone
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
			watch, end, err := a.watching(&o)
			if err != nil {
				return usageError{err}
			}
			r.Watch = watch
			rep := a.newReport("The suite")
			err = suite.Do(c.Context(), r, jobs, rep, func(run *result.Run) {
				a.clear()
				a.print(run)
			})
			a.warn(rep.Machine.Loaded())
			err = errors.Join(err, end(), o.write(c.Context(), rep))
			if docs != "" {
				err = errors.Join(err, wrap("--docs", suite.WriteDocs(rep, docs)))
			}
			return err
		},
	}
	f := c.Flags()
	f.BoolVar(&quick, "quick", false, "shorter: under 3 minutes")
	f.StringVar(&only, "only", "", "only runs whose section/name contains this")
	f.BoolVar(&list, "list", false, "list the runs and make none")
	f.StringVar(&docs, "docs", "", "write tables and pictures into this document, between its markers")
	l.addPlace(f)
	o.add(f)
	return c
}
