package suite

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/cachegopher/cachegopher/bench/load"
	"github.com/cachegopher/cachegopher/bench/result"
	"github.com/cachegopher/cachegopher/bench/runner"
	"github.com/cachegopher/cachegopher/bench/workload"
)

// Peer is the server beside which the short set is measured.
const Peer = "spawn:redis-server"

// CheckJobs returns the short set. It judges the server's CPU a request, the figure least affected by other work on the
// machine.
func CheckJobs(rounds int) (jobs []*Job) {
	for _, c := range []struct {
		name  string
		spec  workload.Spec
		conns int
		depth int
	}{
		{"GET, depth 1", workload.Spec{Keys: 100_000, Mix: "get=1"}, 16, 1},
		{"GET, depth 1, 1 connection", workload.Spec{Keys: 20_000, Mix: "get=1"}, 1, 1},
		{"GET, depth 16", workload.Spec{Keys: 100_000, Mix: "get=1"}, 16, 16},
		{"SET, depth 16", workload.Spec{Keys: 100_000, Mix: "set=1"}, 16, 16},
		{"90% GET, 1 KB, depth 1", workload.Spec{Keys: 20_000, Value: "1KB", Mix: "get=90,set=10"}, 16, 1},
		{"90% GET, 16 KB", workload.Spec{Keys: 2000, Value: "16KB", Mix: "get=90,set=10"}, 16, 4},
		{"GET, 60 KB, depth 16", workload.Spec{Keys: 1000, Value: "60KB", Mix: "get=1"}, 16, 16},
	} {
		c.spec.Name = c.name
		p := load.Plan{Conns: c.conns, Depth: c.depth, Warmup: 100 * time.Millisecond, Duration: 400 * time.Millisecond}
		jobs = append(jobs, &Job{Job: runner.Job{Name: c.name, Section: "check", Spec: c.spec, Plan: p, Targets: []string{Ours, Peer}, Rounds: rounds, Seed: 1}})
	}
	return jobs
}

// Baselines relates our figures to the peer's in a report of CheckJobs.
func Baselines(rep *result.Report) (all []result.Baseline, err error) {
	for _, run := range rep.Runs {
		b := result.Baseline{Run: run.Name, Target: Ours, Peer: Peer, Metric: "server CPU"}
		ratio, err := rep.Relate(b)
		if err != nil {
			return nil, err
		}
		b.Ratio = ratio.Value
		all = append(all, b)
	}
	return all, nil
}

// ReadBaselines reads a committed baseline.
func ReadBaselines(path string) (all []result.Baseline, err error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(data, &all); err != nil || len(all) == 0 {
		return nil, fmt.Errorf("%s is not a baseline: %v", path, err)
	}
	return all, nil
}

// WriteBaselines writes a baseline to path.
func WriteBaselines(path string, all []result.Baseline) error {
	data, err := json.MarshalIndent(all, "", " ")
	if err != nil {
		return err
	}
	return result.WriteFile(path, append(data, '\n'))
}

// Verdict compares one figure with its baseline.
type Verdict struct {
	result.Baseline
	Now   result.Ratio
	Worse bool
}

// Vague reports whether noise could hide a regression that matters.
func (v *Verdict) Vague(allowed float64) bool {
	return !v.Worse && v.Now.High > v.Ratio*(1+allowed)*(1+allowed)
}

// Measure makes runs.
type Measure func(ctx context.Context, jobs []*Job) (*result.Report, error)

// Check measures the short set and compares it with the baselines. A figure that looks worse is measured again for twice
// as many rounds and judged by all of them; it counts as worse only if chance does not explain it.
func Check(ctx context.Context, measure Measure, baselines []result.Baseline, rounds int, allowed float64) (all []Verdict, err error) {
	jobs := CheckJobs(rounds)
	rep, err := measure(ctx, jobs)
	if err != nil {
		return nil, err
	}
	for _, b := range baselines {
		now, worse, err := rep.Check(b, allowed)
		if err != nil {
			return nil, err
		}
		i := slices.IndexFunc(jobs, func(j *Job) bool { return j.Name == b.Run })
		if i >= 0 && b.Over(now.Value, allowed) {
			again := *jobs[i]
			again.Rounds = 2 * rounds
			more, err := measure(ctx, []*Job{&again})
			if err != nil {
				return nil, err
			}
			for _, u := range []string{b.Target, b.Peer} {
				if t, x := rep.Find(b.Run, u), more.Find(b.Run, u); t != nil && x != nil {
					t.Rounds = append(t.Rounds, x.Rounds...)
				}
			}
			if now, worse, err = rep.Check(b, allowed); err != nil {
				return nil, err
			}
		}
		all = append(all, Verdict{b, now, worse})
	}
	return all, nil
}
