package suite

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/cachegopher/cachegopher/bench/result"
	"github.com/cachegopher/cachegopher/bench/runner"
	"github.com/cachegopher/cachegopher/bench/sut"
)

// Do makes the runs one after another and adds them to rep. A failed run does not stop the others.
func Do(ctx context.Context, r *runner.Runner, jobs []*Job, rep *result.Report, after func(*result.Run)) error {
	var errs []error
	for _, j := range jobs {
		if ctx.Err() != nil {
			break
		}
		run, err := one(ctx, r, j)
		if run != nil {
			rep.Runs = append(rep.Runs, run)
			rep.Notes = append(rep.Notes, run.Verdicts()...)
			after(run)
		}
		if err != nil && ctx.Err() == nil {
			errs = append(errs, fmt.Errorf("%s: %w", j.Name, err))
		}
	}
	return errors.Join(append(errs, ctx.Err())...)
}

// one makes a run, with a server for its clients if it needs one.
func one(ctx context.Context, r *runner.Runner, j *Job) (run *result.Run, err error) {
	if j.Serve == "" {
		return r.Do(ctx, &j.Job)
	}
	s, err := r.Schemes.Open(ctx, j.Serve, sut.Options{Cores: r.ServerCores, Node: r.Node, Keys: j.Spec.Keys, Mean: 1000})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	with := j.Job
	with.Targets = nil
	for _, t := range j.Targets {
		with.Targets = append(with.Targets, strings.ReplaceAll(t, Server, s.Wire.Address))
	}
	run, err = r.Do(ctx, &with)
	if run != nil { // the address means nothing later
		for i, t := range run.Targets {
			t.URL = strings.TrimSuffix(j.Targets[i], Server)
		}
	}
	return run, err
}
