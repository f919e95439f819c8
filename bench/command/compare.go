package command

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"github.com/cachegopher/cachegopher/bench/compare"
	"github.com/cachegopher/cachegopher/bench/result"
)

// compareFlags say what is compared, and which differences matter.
type compareFlags struct {
	load              loadFlags
	work              workFlags
	out               outputFlags
	plan              compare.Plan
	threshold, wanted float64 // percent
	anyway            bool
}

func (a *app) compareCommand() *cobra.Command {
	var k compareFlags
	c := &cobra.Command{
		Use:   "compare [flags] BEFORE.json AFTER.json | RESULT.json | TARGET TARGET | --node OLD,NEW",
		Short: "Say whether two programs or results differ, and what difference could have been found",
		Long: `compare says whether figures differ, by how much, and what difference could have been found.

With --node OLD,NEW, or two targets, it measures them in pairs of rounds: both are started anew for each pair, and the one
that goes first is drawn. It makes as many pairs as it takes to find a change of --find percent in the server's CPU a
request (or else in throughput) in 19 of 20 comparisons, or --pairs. This is the way to find small changes.

With one result it compares the targets of each run with its first one, round by round. Servers that were started once
for all rounds may differ by a few percent for no other reason than that.

With two results it compares what they have in common. Each counts as one observation, so only large changes show.

A figure is WORSE or better if it differs by more than --threshold and more than chance explains; in 19 of 20 comparisons
of equal programs no figure is. The intervals hold for all figures at once with 95%. The exit status is 1 when a figure is
worse; 2 when the two cannot be compared, or were measured under different conditions.`,
		Example: `  cachegopher-bench compare --node old/cachegopher,bin/cachegopher -c 32 -d 16
  cachegopher-bench compare redis://127.0.0.1:6379 redis://127.0.0.1:6380 --pairs 20
  cachegopher-bench compare before.json after.json`,
		Args: cobra.MaximumNArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			figures, err := k.figures(c, a, args)
			if n := a.figures(figures, k.wanted); err == nil && n > 0 {
				return fmt.Errorf("%d figures are worse by more than %g%%", n, k.threshold)
			}
			return err
		},
	}
	f := c.Flags()
	f.Float64Var(&k.threshold, "threshold", 2, "percent by which a figure may get worse")
	f.Float64Var(&k.wanted, "find", 5, "percent of a change that is to be found")
	f.BoolVar(&k.anyway, "anyway", false, "compare results that were measured under different conditions")
	f.IntVar(&k.plan.Pairs, "pairs", 0, "pairs of rounds; 0: as many as --find takes")
	f.IntVar(&k.plan.Most, "most-pairs", 60, "bound of --pairs 0")
	k.work.add(f)
	k.load.add(f)
	f.Lookup("rounds").Hidden = true // pairs are
	f.Lookup("slo").Hidden = true
	k.out.add(f)
	return c
}

// figures compares what args name. With an error it returns what could be compared.
func (k *compareFlags) figures(c *cobra.Command, a *app, args []string) ([]compare.Figure, error) {
	o := compare.Options{Threshold: k.threshold / 100, Wanted: k.wanted / 100, Anyway: k.anyway}
	if o.Threshold < 0 || o.Wanted <= 0 {
		return nil, usageError{errors.New("--threshold is 0 or more, --find more than 0")}
	}
	if k.load.node != "" && len(args) == 0 {
		args = []string{"spawn:cachegopher"}
	}
	if targets := k.load.ofNodes(args); len(targets) == 2 && a.isTarget(targets[0]) {
		k.plan.Wanted = o.Wanted
		rep, err := k.measure(c, a, targets)
		figures, none := compare.Paired(rep, o)
		return figures, cmp.Or(err, none)
	}
	var reports []*result.Report
	for _, path := range args {
		r, err := result.Read(path)
		if err != nil {
			return nil, usageError{err}
		}
		reports = append(reports, r)
		for _, why := range r.Doubts() {
			a.warn(path + ": " + why)
		}
	}
	var figures []compare.Figure
	err := errors.New("give two results, one result, two targets, or --node OLD,NEW")
	switch len(reports) {
	case 1:
		figures, err = compare.Paired(reports[0], o)
		if slices.ContainsFunc(reports[0].Runs, func(r *result.Run) bool { return !r.Fresh }) {
			a.warn("The targets were started once for all rounds: a difference of a few percent may be luck that a process keeps for its life")
		}
	case 2:
		figures, err = compare.Runs(reports[0], reports[1], o)
	}
	if err != nil {
		return nil, usageError{err}
	}
	return figures, nil
}

// isTarget reports whether s begins like a target, not like the name of a file.
func (a *app) isTarget(s string) bool {
	name, _, _ := strings.Cut(s, "?")
	for scheme := range a.schemes {
		open := strings.HasSuffix(scheme, ":") || strings.HasSuffix(scheme, "/") // an address or a name follows
		if name == scheme || open && strings.HasPrefix(name, scheme) {
			return true
		}
	}
	return false
}

// figures prints a comparison and returns how many figures got worse.
func (a *app) figures(all []compare.Figure, wanted float64) (worse int) {
	if len(all) == 0 {
		return 0
	}
	t := table.NewWriter()
	t.SetOutputMirror(a.out)
	t.SetStyle(table.StyleLight)
	one := !slices.ContainsFunc(all, func(f compare.Figure) bool { return f.Title() != all[0].Title() })
	t.AppendHeader(table.Row{"compared", "figure", "before", "after", "ratio", "95% interval", "finds", fmt.Sprintf("pairs for %g%%", wanted), ""})
	t.SetColumnConfigs([]table.ColumnConfig{{Number: 1, Hidden: one}, {Number: 8, Hidden: !slices.ContainsFunc(all, func(f compare.Figure) bool { return f.Pairs > 0 })}})
	for _, f := range all {
		if f.Verdict == compare.Worse {
			worse++
		}
		m, finds, pairs := result.MetricOf(f.Metric), "-", "-"
		if !math.IsInf(f.Smallest, 0) {
			finds = fmt.Sprintf("%.1f%%", 100*f.Smallest)
			if f.Smallest > 1 {
				finds = "over 100%"
			}
		}
		if f.Pairs > 0 {
			pairs = fmt.Sprint(f.Pairs)
		}
		t.AppendRow(table.Row{f.Title(), f.Metric, m.Format(f.Was), m.Format(f.Is), fmt.Sprintf("%.3f", f.Ratio.Value), f.Ratio.Interval(), finds, pairs, string(f.Verdict)})
	}
	if one {
		fmt.Fprintln(a.out, all[0].Title()) //nolint:errcheck // standard output is gone
	}
	t.Render()
	return worse
}
