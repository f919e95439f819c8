package command

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"github.com/cachegopher/cachegopher/bench/compare"
	"github.com/cachegopher/cachegopher/bench/result"
	"github.com/cachegopher/cachegopher/bench/runner"
)

// measure makes the pairs of two targets, and prints and writes them even with an error.
func (k *compareFlags) measure(c *cobra.Command, a *app, targets []string) (*result.Report, error) {
	rep, f := a.newReport("compare"), c.Flags()
	if !f.Changed("duration") {
		k.load.plan.Duration = time.Second
	}
	if !f.Changed("warmup") {
		k.load.plan.Warmup = 300 * time.Millisecond
	}
	if !f.Changed("keys") && k.work.preset == "" {
		k.work.spec.Keys = 100_000 // they are stored anew for each pair
	}
	spec, err := k.work.choose(f)
	if err != nil {
		return rep, usageError{err}
	}
	job, err := k.load.job(f, targets)
	if err != nil {
		return rep, usageError{err}
	}
	job.Name, job.Spec = rep.Title, spec
	r, err := k.load.runner(a, targets)
	if err = errors.Join(err, k.out.check()); err != nil {
		return rep, usageError{err}
	}
	made := 0
	watch, end, err := a.watching(&k.out)
	if err != nil {
		return rep, usageError{err}
	}
	k.out.live.slice(&job.Plan)
	if watch != nil {
		r.Watch = func(e runner.Event) {
			job := *e.Job
			job.Rounds = cmp.Or(k.plan.Pairs, k.plan.Most)
			e.Round, e.Job = made, &job
			watch(e)
		}
	}
	run, err := compare.Measure(c.Context(), job, k.plan, func(ctx context.Context, one *runner.Job) (*result.Run, error) {
		made++
		return r.Do(ctx, one)
	})
	err = errors.Join(err, end())
	a.clear()
	if run != nil && measured(run) {
		rep.Runs = append(rep.Runs, run)
		a.print(run)
		a.warn(rep.Machine.Loaded())
		err = errors.Join(err, k.out.write(c.Context(), rep))
	}
	return rep, err
}
