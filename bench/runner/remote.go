package runner

import (
	"context"
	"fmt"
	"time"

	"github.com/cachegopher/cachegopher/bench/load"
	"github.com/cachegopher/cachegopher/bench/result"
	"github.com/cachegopher/cachegopher/bench/sut"
	"github.com/cachegopher/cachegopher/bench/workload"
)

// Loader puts one workload on one target. Its methods are called one after another, and are those of load.Session.
type Loader interface {
	Fill(ctx context.Context, progress func(load.Progress)) error
	Run(ctx context.Context, round int, progress func(load.Progress)) (*result.Round, error)
	Note() string
}

// Remote makes the load in other processes.
type Remote interface {
	// Open opens a target in all of them. plan has passed Check, but for its threads and cores, which are those of each process.
	Open(ctx context.Context, url string, w *workload.Workload, seed uint64, plan load.Plan) (RemoteLoader, error)
	// Holds asks one of them how many entries a target holds; -1: it cannot say.
	Holds(ctx context.Context, url string, timeout time.Duration) (int64, error)
	// Describe adds to a report what the plan does not tell.
	Describe(l *result.Load)
}

// RemoteLoader is a Loader of a target that other processes have opened.
type RemoteLoader interface {
	Loader
	Version() string // of the target
	Close() error
}

// prepareRemote is prepare for a load that other processes make.
func (r *Runner) prepareRemote(ctx context.Context, job *Job, w *workload.Workload, plan load.Plan, url string, out *result.Target) (*open, error) {
	plan.Threads, plan.Cores = job.Plan.Threads, nil
	s, err := r.Remote.Open(ctx, url, w, job.Seed, plan)
	if err != nil {
		if ctx.Err() == nil {
			out.Failed = err.Error()
		}
		return nil, fmt.Errorf("%s: %w", out.URL, err)
	}
	o := &open{t: &sut.Target{URL: out.URL, Version: s.Version()}, s: s, out: out, plan: plan}
	o.t.OnClose(s.Close)
	out.Version = s.Version()
	err = s.Fill(ctx, r.progress(job, o, 0, "fill"))
	out.Note = s.Note()
	switch {
	case ctx.Err() != nil:
		return o, ctx.Err() // the target is not to blame
	case err != nil:
		out.Failed = err.Error()
		return o, fmt.Errorf("%s: %w", out.URL, err)
	}
	return o, nil
}
