package runner

import (
	"io"

	"github.com/cachegopher/cachegopher/bench/load"
	"github.com/cachegopher/cachegopher/bench/result"
	"github.com/cachegopher/cachegopher/bench/sut"
	"github.com/cachegopher/cachegopher/bench/workload"
)

// Job describes a run to make.
type Job struct {
	Name    string
	Section string  // section of the suite
	X       float64 // the run's place in its section's sweep
	XName   string  // what X measures
	XUnit   string  // "B", or none
	Spec    workload.Spec
	Trace   *workload.Workload // to be replayed, instead of Spec
	Plan    load.Plan
	Targets []string
	Rounds  int
	Seed    uint64
	// Alone measures the targets one after another, each closed before the next is opened, to measure
	// their memory in this process.
	Alone bool
	// Settle waits, after each target was filled, until it is idle.
	Settle bool
	// Rotate starts each round with the next target.
	Rotate bool
	SLO    *SLO // find the highest rate within it, then measure there
}

// Runner makes runs.
type Runner struct {
	Schemes     sut.Schemes
	ServerCores []int // to which started servers are bound
	LoadCores   []int // to which the generator's threads are bound
	Memory      int   // of started servers and caches in this process
	Node        string
	Env         []string  // NAME=value for started servers
	Output      io.Writer // of started servers; nil: only its end is kept, for errors
	Remote      Remote    // other processes that make the load; nil: this one
	// MayFill is asked whether a target may be loaded that was not started here and holds entries, or does not say (-1). Nil:
	// all may.
	MayFill func(target string, entries int64) bool
	agreed  map[string]bool // targets about which it was asked
	// Watch receives the progress of a run; may be nil.
	Watch func(Event)
}

// Event is the progress of a run.
type Event struct {
	Job    *Job
	Target string
	Round  int    // from 1
	Phase  string // "start", "fill", "warm-up", "measure"
	load.Progress
	ServerBusy float64 // cores; 0: unknown
	SelfBusy   float64
}

// describe renders the plan for a report.
func describe(p load.Plan, seed uint64) result.Load {
	verify := map[load.Verify]string{load.VerifyVersions: "versions", load.VerifyValues: "values", load.VerifyOff: "off"}[p.Verify]
	r := &p.Reader
	return result.Load{ReceiveBuffer: r.Buffer, ReadSize: r.Size, Think: r.Think.Seconds(), Pause: r.Pause.String(), Churn: p.Churn, Herd: p.Herd,
		Conns: p.Conns, Depth: p.Depth, Threads: p.Threads, Rate: p.Rate, Poisson: p.Poisson, Batch: p.Batch,
		Warmup: p.Warmup.Seconds(), Duration: p.Duration.Seconds(), Count: p.Count, Within: p.Within.Seconds(), Verify: verify, Seed: seed}
}
