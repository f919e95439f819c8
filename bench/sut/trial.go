package sut

import (
	"fmt"

	"github.com/cachegopher/cachegopher/bench/workload"
)

// Trial is the work of a run, as far as the memory of a cache depends on it.
type Trial struct {
	Spec         workload.Spec
	Trace        *workload.TraceOptions // replayed instead of Spec
	Seed         uint64
	Conns, Depth int
}

// mostTraced is how many requests of a trace a trial replays.
const mostTraced = 3_000_000

// trialOf is the work of trials for a cache of so many bytes: that of the run, with as many keys as fill the cache and let
// it evict most of them, if the run has that many.
func trialOf(memory int, o *Options) *Trial {
	mean := max(o.Mean, 1)
	if o.Trial == nil {
		return &Trial{Spec: workload.Spec{Keys: uint64(4*float64(memory)/mean) + 1000, Value: fmt.Sprint(max(1, int(mean)-16)), ReadThrough: true}, Seed: 1, Conns: 1, Depth: 1}
	}
	t := *o.Trial
	if t.Trace != nil {
		trace := *t.Trace
		trace.Speed = 0
		if trace.Count == 0 || trace.Count > mostTraced {
			trace.Count = mostTraced
		}
		t.Trace = &trace
		return &t
	}
	t.Spec.Keys = min(t.Spec.Keys, uint64(4*float64(memory)/mean)+100_000)
	return &t
}
