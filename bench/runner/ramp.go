package runner

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/cachegopher/cachegopher/bench/load"
	"github.com/cachegopher/cachegopher/bench/result"
	"github.com/cachegopher/cachegopher/bench/workload"
)

// SLO is a percentile of latency and its limit.
type SLO struct {
	Name string // p50, p90, p99, p99.9 or p99.99
	Most time.Duration
	of   func(*result.Summary) int64
}

// ParseSLO parses, for example, p99=1ms.
func ParseSLO(s string) (*SLO, error) {
	name, text, _ := strings.Cut(s, "=")
	of := map[string]func(*result.Summary) int64{
		"p50": func(s *result.Summary) int64 { return s.P50 }, "p90": func(s *result.Summary) int64 { return s.P90 },
		"p99": func(s *result.Summary) int64 { return s.P99 }, "p99.9": func(s *result.Summary) int64 { return s.P999 },
		"p99.99": func(s *result.Summary) int64 { return s.P9999 }, "max": func(s *result.Summary) int64 { return s.Max },
	}[name]
	d, err := time.ParseDuration(text)
	if of == nil || err != nil || d <= 0 {
		return nil, fmt.Errorf("slo %q: give, for example, p99=1ms; there are p50, p90, p99, p99.9, p99.99 and max", s)
	}
	return &SLO{name, d, of}, nil
}

func (s *SLO) String() string { return s.Name + "=" + s.Most.String() }

// ErrSLO is returned when no rate is within the wanted latency.
var ErrSLO = errors.New("no rate is within it")

const (
	rampFrom  = 1000 // requests a second
	rampClose = 1.05 // ratio of the bounds at which the search ends
)

// ramp searches for the highest rate within the job's latency: it doubles the rate until the latency is exceeded, or the
// rate not reached, and then halves the interval. The job's rounds are measured at the rate found.
func (r *Runner) ramp(ctx context.Context, job *Job, w *workload.Workload, o *open) error {
	kept, lost := 0.0, 0.0
	rate := float64(rampFrom)
	if job.Plan.Rate > 0 {
		rate = job.Plan.Rate
	}
	for ctx.Err() == nil && (kept == 0 || lost == 0 || lost/kept > rampClose) {
		ok, err := r.try(ctx, job, w, o, rate)
		if err != nil {
			return err
		}
		switch {
		case ok:
			kept = rate
		default:
			lost = rate
		}
		switch {
		case lost == 0:
			rate *= 2
		case kept == 0 && rate < 20:
			return fmt.Errorf("%s: %w", job.SLO, ErrSLO)
		case kept == 0:
			rate /= 2
		default:
			rate = (kept + lost) / 2
		}
	}
	o.out.HighestRate = kept
	o.plan.Rate = kept
	s, err := load.NewSession(noFill(w), o.t, o.plan)
	o.s = s
	return errors.Join(err, ctx.Err())
}

// noFill is w for a target that an earlier session has filled.
func noFill(w *workload.Workload) *workload.Workload {
	again := *w
	again.Spec.NoFill = true
	return &again
}

// try measures one rate.
func (r *Runner) try(ctx context.Context, job *Job, w *workload.Workload, o *open, rate float64) (bool, error) {
	plan := o.plan
	plan.Rate, plan.Count, plan.Slice = rate, 0, 0
	plan.Duration = min(plan.Duration, 3*time.Second)
	plan.Warmup = min(plan.Warmup, time.Second/2)
	plan.Timeout = time.Second
	plan.MaxErrors = 1 << 60 // timeouts are expected here
	s, err := load.NewSession(noFill(w), o.t, plan)
	if err != nil {
		return false, err
	}
	got, err := s.Run(ctx, len(o.out.Steps), r.progress(job, o, 0, fmt.Sprintf("ramp to %s/s", result.FormatCount(rate))))
	if err != nil {
		return false, err
	}
	for kind := range got.Errors {
		if kind != "timeout" {
			return false, fmt.Errorf("errors while looking for the highest rate: %s", got.Example)
		}
	}
	v := job.SLO.of(&got.Latency)
	ok := got.Requests > 0 && v <= int64(job.SLO.Most) && !got.Flow.Missed && got.ErrorCount() == 0
	o.out.Steps = append(o.out.Steps, result.Step{Rate: rate, Reached: got.Throughput(), Value: v, Kept: ok})
	return ok, nil
}

// ParseCores parses a list of cores, for example 0,2-3.
func ParseCores(s string) (cores []int, err error) {
	for part := range strings.SplitSeq(s, ",") {
		from, to, ok := strings.Cut(part, "-")
		if !ok {
			to = from
		}
		a, err1 := strconv.Atoi(from)
		b, err2 := strconv.Atoi(to)
		if err1 != nil || err2 != nil || a < 0 || b < a || b > 1023 {
			return nil, fmt.Errorf("cores %q: give a list such as 0,2-3", s)
		}
		for c := a; c <= b; c++ {
			cores = append(cores, c)
		}
	}
	return cores, nil
}
