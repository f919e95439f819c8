package trust

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/cachegopher/cachegopher/bench/compare"
	"github.com/cachegopher/cachegopher/bench/load"
	"github.com/cachegopher/cachegopher/bench/result"
	"github.com/cachegopher/cachegopher/bench/runner"
)

// itself compares the server with itself, in pairs.
func itself(ctx context.Context, l *Lab) (f Finding, err error) {
	job := &runner.Job{Name: "itself", Spec: work(), Targets: []string{l.Target, l.Target}, Seed: l.Seed,
		Plan: load.Plan{Conns: 16, Depth: 8, Threads: 1, Warmup: 50 * time.Millisecond, Duration: l.Span / 10}}
	run, err := compare.Measure(ctx, job, compare.Plan{Pairs: 12}, l.Runner.Do)
	if err != nil {
		return f, err
	}
	figures, err := compare.Paired(&result.Report{Runs: []*result.Run{run}}, compare.Options{Threshold: 0.02, Wanted: 0.05})
	if err != nil {
		return f, err
	}
	var differ []string
	for _, x := range figures {
		if x.Verdict == compare.Worse || x.Verdict == compare.Better {
			differ = append(differ, fmt.Sprintf("%s (%.3f)", x.Metric, x.Ratio.Value))
		}
		if x.Metric == "server CPU" || x.Metric == "throughput" {
			f.Saw += fmt.Sprintf("%s %.3f (%s), would have found %.0f%%; ", x.Metric, x.Ratio.Value, x.Ratio.Interval(), 100*x.Smallest)
		}
	}
	f.Expected = "no figure differs over 12 pairs (one of 20 such experiments may say otherwise)"
	f.Saw += "differ: " + strings.Join(append(differ, fmt.Sprint(len(differ))), ", ")
	f.OK = len(differ) == 0
	return f, nil
}
