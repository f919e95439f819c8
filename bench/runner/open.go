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

// open opens a target. Of a cache in this process it notes by how much that has enlarged it.
func (r *Runner) open(ctx context.Context, url string, w *workload.Workload, seed uint64, plan load.Plan) (*sut.Target, error) {
	o := sut.Options{Cores: r.ServerCores, Memory: r.Memory, Node: r.Node, Keys: w.Keys.Len(), Mean: w.MeanSize, Timeout: plan.Timeout, Env: r.Env, Output: r.Output,
		Trial: &sut.Trial{Spec: w.Spec, Seed: seed, Conns: plan.Conns, Depth: plan.Depth}}
	if t := w.Trace(); t != nil {
		trace := t.Options()
		o.Trial.Trace = &trace
	}
	if !strings.HasPrefix(url, "inproc:") {
		return r.Schemes.Open(ctx, url, o)
	}
	before := sut.OwnMemory()
	t, err := r.Schemes.Open(ctx, url, o)
	if err == nil {
		t.Opened = max(sut.OwnMemory()-before, 0)
	}
	return t, err
}

// ErrSame means that two targets of a run are one server, in which each would find what the other has written.
var ErrSame = errors.New("it is the same server")

// same refuses a target that is also one of those before it, if that makes right answers look wrong: versions are checked
// and keys are written.
func same(w *workload.Workload, plan load.Plan, t *sut.Target, before []*open) error {
	if t.Instance == "" || plan.Verify != load.VerifyVersions || !w.Writes() {
		return nil
	}
	for _, o := range before {
		if o.t != nil && o.t.Instance == t.Instance {
			return fmt.Errorf("%w as %s, and each of the two would find what was written for the other; give --verify values, or a workload without writes", ErrSame, o.out.URL)
		}
	}
	return nil
}
