package command

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/cachegopher/cachegopher/bench/result"
	"github.com/cachegopher/cachegopher/bench/runner"
	"github.com/cachegopher/cachegopher/bench/workload"
)

func (a *app) runCommand() *cobra.Command {
	var l loadFlags
	var w workFlags
	var o outputFlags
	var g agentFlags
	c := &cobra.Command{
		Use:   "run [flags] TARGET...",
		Short: "Put one workload on one or several targets, in alternating rounds",
		Long:  "run puts one workload on one or several targets, in alternating rounds.\n\n" + a.targetsHelp(),
		Example: `  cachegopher-bench run spawn:cachegopher spawn:redis-server -c 32 -d 16 -t 5s
  cachegopher-bench run redis://127.0.0.1:6379 --preset session-store --rate 20000 --html page.html
  cachegopher-bench run spawn:cachegopher --slo p99=1ms -c 64
  cachegopher-bench run redis://10.0.0.1:6379 --agents 10.0.0.2:7070,10.0.0.3:7070 --token-file token -c 64 --rate 200000`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, targets []string) error {
			spec, err := w.choose(c.Flags())
			if err != nil {
				return usageError{err}
			}
			job, err := l.job(c.Flags(), targets)
			if err != nil {
				return usageError{err}
			}
			job.Name, job.Spec = spec.Name, spec
			if job.Plan.Hits, err = w.hitsOf(); err != nil {
				return usageError{err}
			}
			compiled, err := workload.Compile(spec, l.seed)
			if err != nil {
				return usageError{err}
			}
			if compiled.Over && !l.expect {
				return usageError{fmt.Errorf("value %q: with its key it is beyond the limit of %d bytes; give --expect-errors if that is meant", spec.Value, workload.Limit)}
			}
			remote, err := g.remote(c.Flags(), job, compiled)
			if err != nil {
				return usageError{err}
			}
			if check := job.Plan; check.Check() != nil {
				return usageError{check.Check()}
			}
			return a.one(c.Context(), job, &l, &o, remote)
		},
	}
	w.add(c.Flags())
	l.add(c.Flags())
	g.add(c.Flags())
	o.add(c.Flags())
	return c
}

// one makes one run, and prints and writes its measurements even if it failed. remote is nil if this process makes the load.
func (a *app) one(ctx context.Context, job *runner.Job, l *loadFlags, o *outputFlags, remote runner.Remote) error {
	if err := o.check(); err != nil {
		return usageError{err}
	}
	r, err := l.runner(a, job.Targets)
	if err != nil {
		return usageError{err}
	}
	watch, end, err := a.watching(o)
	if err != nil {
		return usageError{err}
	}
	r.Watch, r.Remote = watch, remote
	o.live.slice(&job.Plan)
	rep := a.newReport(job.Name)
	run, err := r.Do(ctx, job)
	err = errors.Join(err, end())
	a.clear()
	if run != nil {
		rep.Runs = append(rep.Runs, run)
		rep.Notes = append(rep.Notes, run.Verdicts()...)
		if measured(run) {
			a.print(run)
			a.warn(rep.Machine.Loaded())
		} else {
			for _, line := range run.Remarks() {
				fmt.Fprintln(a.out, line) //nolint:errcheck // standard output is gone
			}
		}
	}
	if run != nil && measured(run) {
		err = errors.Join(err, o.write(ctx, rep))
	}
	if run != nil && !l.missed && job.SLO == nil {
		err = errors.Join(err, wrapMissed(run.MissedRates()))
	}
	if err == nil && run != nil && !measured(run) {
		err = errors.New("nothing was measured: every target is missing, or answered no request within its rounds")
	}
	return err
}

// wrapMissed tells how to allow a missed rate.
func wrapMissed(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w; --allow-missed-rate if that is meant", err)
}

func measured(run *result.Run) bool { return len(run.Measured()) > 0 }
