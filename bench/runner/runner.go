// Package runner puts a workload on several targets in alternating rounds and collects the results.
package runner

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/cachegopher/cachegopher/bench/load"
	"github.com/cachegopher/cachegopher/bench/result"
	"github.com/cachegopher/cachegopher/bench/sut"
	"github.com/cachegopher/cachegopher/bench/workload"
)

// open is a target that is being measured.
type open struct {
	t    *sut.Target
	s    Loader
	out  *result.Target
	plan load.Plan
}

// Do makes the run of a job. With an error it also returns what was measured; a failed target's result has its error
// too.
func (r *Runner) Do(ctx context.Context, job *Job) (*result.Run, error) {
	w := job.Trace
	if w == nil {
		var err error
		if w, err = workload.Compile(job.Spec, job.Seed); err != nil {
			return nil, err
		}
	}
	plan := job.Plan
	if len(plan.Cores) == 0 {
		plan.Cores = r.LoadCores
	}
	if err := plan.Check(); err != nil {
		return nil, err
	}
	if err := r.guard(ctx, job, w, plan); err != nil {
		return nil, err
	}
	run := &result.Run{Name: job.Name, Section: job.Section, X: job.X, XName: job.XName, XUnit: job.XUnit, Workload: w.Spec, Load: describe(plan, job.Seed)}
	if r.Remote != nil {
		run.Load.Threads = job.Plan.Threads
		r.Remote.Describe(&run.Load)
	}
	if t := w.Trace(); t != nil {
		run.Replay = &result.Replay{File: filepath.Base(t.Path()), Speed: t.Speed(), TraceFacts: t.TraceFacts}
	}
	for _, u := range job.Targets {
		run.Targets = append(run.Targets, &result.Target{URL: u})
	}
	if !job.Alone {
		return run, r.alternate(ctx, job, w, plan, run.Targets)
	}
	var errs []error
	for _, t := range run.Targets {
		errs = append(errs, r.alternate(ctx, job, w, plan, []*result.Target{t}))
	}
	return run, errors.Join(errs...)
}

// alternate opens and fills the targets, and then measures them in turn.
func (r *Runner) alternate(ctx context.Context, job *Job, w *workload.Workload, plan load.Plan, targets []*result.Target) (err error) {
	var all []*open
	defer func() {
		for _, o := range all {
			err = errors.Join(err, o.t.Close())
		}
	}()
	var errs []error
	for _, out := range targets {
		o, e := r.prepare(ctx, job, w, plan, out, all)
		if o != nil {
			all = append(all, o)
		}
		errs = append(errs, e)
		if ctx.Err() != nil {
			return errors.Join(errs...)
		}
	}
	for round := range job.Rounds {
		for i := range all {
			o := all[i]
			if job.Rotate {
				o = all[(round+i)%len(all)]
			}
			if o.out.Failed != "" || ctx.Err() != nil {
				continue
			}
			errs = append(errs, r.measure(ctx, job, o, round))
		}
	}
	return errors.Join(append(errs, ctx.Err())...)
}

// prepare opens and fills a target, which others were opened before. A missing target does not fail the run.
func (r *Runner) prepare(ctx context.Context, job *Job, w *workload.Workload, plan load.Plan, out *result.Target, before []*open) (*open, error) {
	url := out.URL
	out.URL = sut.Redact(url)
	r.tell(Event{Job: job, Target: out.URL, Phase: "start"})
	if r.Remote != nil {
		return r.prepareRemote(ctx, job, w, plan, url, out)
	}
	t, err := r.open(ctx, url, w, job.Seed, plan)
	switch {
	case errors.Is(err, sut.ErrMissing):
		_, out.Missing, _ = strings.Cut(err.Error(), sut.ErrMissing.Error()+": ")
		return nil, nil
	case err == nil:
		if err = same(w, plan, t, before); err != nil {
			err = errors.Join(fmt.Errorf("target %s: %w", out.URL, err), t.Close())
		}
	}
	if err != nil {
		out.Failed = strings.TrimPrefix(err.Error(), "target "+out.URL+": ")
		return nil, err
	}
	o := &open{t: t, out: out, plan: plan}
	out.Version = t.Version
	if t.InProcess {
		o.plan.Cores = nil // the calling goroutines use all cores
		o.plan.Threads = 1
	}
	s, err := load.NewSession(w, t, o.plan)
	if o.s = s; err == nil {
		err = o.s.Fill(ctx, r.progress(job, o, 0, "fill"))
		out.Note = o.s.Note()
	}
	if err == nil && job.Settle {
		err = t.Settle(ctx)
	}
	if err == nil && t.InProcess && job.Trace == nil && plan.Rate == 0 && plan.Warmup > 0 {
		err = s.Warm(ctx, int64(min(warmKeys*w.Keys.Len(), mostWarm)))
	}
	if err == nil && job.SLO != nil {
		err = r.ramp(ctx, job, w, o)
	}
	if ctx.Err() != nil {
		return o, ctx.Err() // the target is not to blame
	}
	if err != nil {
		out.Failed = err.Error()
		return o, fmt.Errorf("%s: %w", out.URL, err)
	}
	return o, nil
}

// Caches in this process are warmed by so many requests a key, and at most so many: in the same time a slow one would see
// fewer, and be measured colder.
const (
	warmKeys = 2
	mostWarm = 20_000_000
)

func (r *Runner) measure(ctx context.Context, job *Job, o *open, round int) error {
	got, err := o.s.Run(ctx, round, r.progress(job, o, round+1, ""))
	o.out.Note = o.s.Note()
	if got != nil && o.t.InProcess {
		got.Resident, got.Empty = max(got.Resident-got.Empty, 0), 0
		if len(job.Targets) > 1 && !job.Alone {
			got.Resident = o.t.Lone // what was measured is the sum of all caches in the process
		}
	}
	if got != nil && got.Requests+got.ErrorCount() > 0 {
		o.out.Rounds = append(o.out.Rounds, got)
	}
	if err == nil || errors.Is(err, context.Canceled) {
		return nil
	}
	o.out.Failed = err.Error()
	return fmt.Errorf("%s: %w", o.out.URL, err)
}
