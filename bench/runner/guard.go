package runner

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/cachegopher/cachegopher/bench/load"
	"github.com/cachegopher/cachegopher/bench/sut"
	"github.com/cachegopher/cachegopher/bench/workload"
)

// ErrHolds means that a target holds entries and nobody has agreed that it may be loaded.
var ErrHolds = errors.New("it holds entries already")

// guard asks the targets that were not started here, before anything is stored, whether they hold entries, and MayFill
// whether those that do may be loaded. It asks about each target once.
func (r *Runner) guard(ctx context.Context, job *Job, w *workload.Workload, plan load.Plan) error {
	if r.MayFill == nil || w.Spec.NoFill && !w.Writes() && !w.Has(workload.Incr) && !w.Has(workload.TTL) {
		return nil
	}
	for _, u := range job.Targets {
		if strings.HasPrefix(u, "spawn:") || strings.HasPrefix(u, "inproc:") || r.agreed[u] {
			continue
		}
		entries, err := r.holds(ctx, u, plan)
		if err != nil {
			continue // opening it will fail again, and say so
		}
		if entries != 0 && !r.MayFill(sut.Redact(u), entries) {
			return fmt.Errorf("%s: %w", sut.Redact(u), ErrHolds)
		}
		if r.agreed == nil {
			r.agreed = map[string]bool{}
		}
		r.agreed[u] = true
	}
	return nil
}

// holds asks a target how many entries it holds; -1: it cannot say.
func (r *Runner) holds(ctx context.Context, u string, plan load.Plan) (int64, error) {
	if r.Remote != nil {
		return r.Remote.Holds(ctx, u, plan.Timeout)
	}
	t, err := r.Schemes.Open(ctx, u, sut.Options{Timeout: plan.Timeout})
	if err != nil {
		return 0, err
	}
	h, err := t.Holds(ctx)
	if err != nil {
		h.Entries = -1
	}
	return h.Entries, t.Close()
}
