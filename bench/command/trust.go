package command

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/cachegopher/cachegopher/bench/trust"
)

func (a *app) trustCommand() *cobra.Command {
	var l loadFlags
	var only []string
	lab := &trust.Lab{}
	c := &cobra.Command{
		Use:   "trust",
		Short: "Repeat the experiments that show which figures can be trusted",
		Long: `trust makes experiments whose outcome is known, by theory, by a server's own count or by arrangement, and prints what each
expects and what it saw. The exit status is 1 if one saw something else. A busy machine makes some of them fail.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			experiments := trust.Named(only)
			if len(experiments) == 0 {
				return usageError{fmt.Errorf("--only %s: no experiment's name contains that", strings.Join(only, ","))}
			}
			r, err := l.runner(a, []string{lab.Target})
			if err != nil {
				return usageError{err}
			}
			lab.Runner, lab.Seed = r, l.seed
			lab.Progress = func(line string) { fmt.Fprint(a.out, line) } //nolint:errcheck // standard output is gone
			wrong, err := trust.Run(c.Context(), lab, experiments, a.out)
			if err == nil && wrong > 0 {
				err = fmt.Errorf("%d experiments saw something else than they expected", wrong)
			}
			return err
		},
	}
	f := c.Flags()
	f.StringSliceVar(&only, "only", nil, "only experiments whose names contain one of these: counts, stalls, lies, overload, starvation, itself, others; finds takes minutes, and is made only if it is named")
	f.StringVar(&lab.Target, "server", "spawn:redis-server", "the server, which is started: spawn:redis-server or spawn:cachegopher")
	f.DurationVarP(&lab.Span, "duration", "t", 4*time.Second, "about how long a measurement of an experiment takes")
	f.IntVar(&lab.Times, "times", 20, "of finds: how often each comparison is made")
	f.IntVar(&lab.MostPairs, "most-pairs", 60, "of finds: bound of the pairs of rounds that a comparison may ask for")
	l.addPlace(f)
	return c
}

// toyCommand is the server of trust's experiment finds.
func (a *app) toyCommand() *cobra.Command {
	var steps int
	c := &cobra.Command{
		Use:    "toy",
		Short:  "Serve a map until standard input ends",
		Args:   cobra.NoArgs,
		Hidden: true,
		RunE: func(c *cobra.Command, _ []string) error {
			return trust.ServeToy(steps, c.InOrStdin(), a.out)
		},
	}
	c.Flags().IntVar(&steps, "steps", 0, "of needless work for each request")
	return c
}
