package agent

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	hdr "github.com/HdrHistogram/hdrhistogram-go"

	"github.com/cachegopher/cachegopher/bench/load"
	"github.com/cachegopher/cachegopher/bench/result"
	"github.com/cachegopher/cachegopher/bench/runner"
	"github.com/cachegopher/cachegopher/bench/workload"
)

// do makes a run of a toy's target through agents.
func do(ctx context.Context, d *Driver, s *toy, plan load.Plan, rounds int) (*result.Run, error) {
	return doMix(ctx, d, s, "get=80,set=20", plan, rounds)
}

func doMix(ctx context.Context, d *Driver, s *toy, mix string, plan load.Plan, rounds int) (*result.Run, error) {
	spec := workload.Spec{Name: "test", Keys: 500, Mix: mix, Value: "10-100"}
	w, err := workload.Compile(spec, 1)
	if err != nil {
		return nil, err
	}
	if err := d.Check(&plan, w); err != nil {
		return nil, err
	}
	plan.Timeout = patience
	r := &runner.Runner{Remote: d, MayFill: func(string, int64) bool { return true }}
	return r.Do(ctx, &runner.Job{Name: "test", Spec: spec, Plan: plan, Targets: []string{s.url()}, Rounds: rounds, Seed: 1})
}

func driver(t *testing.T, token string, agents ...*started) *Driver {
	t.Helper()
	var all []string
	for _, a := range agents {
		all = append(all, a.address)
	}
	d, err := NewDriver(all, token)
	if err != nil {
		t.Fatal(err)
	}
	d.Patience = patience
	return d
}

// TestCounts compares what two agents say they did with what the server has counted.
func TestCounts(t *testing.T) {
	for name, plan := range map[string]load.Plan{
		"open loop":   {Conns: 5, Depth: 2, Threads: 1, Rate: 3000, Warmup: 0, Duration: 500 * time.Millisecond},
		"closed loop": {Conns: 3, Depth: 1, Threads: 2, Duration: 300 * time.Millisecond},
		"count":       {Conns: 4, Depth: 1, Threads: 1, Count: 1001, Duration: time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			s := newToy(t)
			run, err := do(t.Context(), driver(t, "", start(t, &Agent{}), start(t, &Agent{})), s, plan, 2)
			if err != nil {
				t.Fatal(err)
			}
			var all int64
			for _, r := range run.Targets[0].Rounds {
				all += r.Requests
				whole(t, r)
				for _, a := range r.Agents {
					if a.Requests == 0 || a.Lost != "" || a.Errors > 0 {
						t.Errorf("an agent did nothing: %+v", a)
					}
				}
			}
			if got := s.gets.Load() + s.sets.Load() - 500; got != all || len(run.Targets[0].Rounds) != 2 {
				t.Errorf("the server answered %d requests after the fill, %d rounds have %d", got, len(run.Targets[0].Rounds), all)
			}
			if run.Load.Agents != 2 || run.Load.Verify != "values" {
				t.Errorf("described as %+v", run.Load)
			}
			if plan.Rate > 0 && run.Targets[0].Rounds[0].Flow.Asked != plan.Rate {
				t.Errorf("asked for %v", run.Targets[0].Rounds[0].Flow.Asked)
			}
		})
	}
}

// whole checks that a merged round is the sum of its agents' shares.
func whole(t *testing.T, r *result.Round) {
	t.Helper()
	h, err := hdr.Decode(r.Histogram)
	if err != nil {
		t.Fatal(err)
	}
	var n, timed, due, sliced int64 // timed: also those that were never answered
	for _, a := range r.Agents {
		n += a.Requests
		timed += a.Latency.Count
		due += a.Flow.Due
	}
	for _, x := range r.Slices {
		sliced += x.Requests
	}
	if n != r.Requests || h.TotalCount() != timed || r.Latency.Count != timed || sliced != n || r.Reads.Count+r.Writes.Count != timed || due != r.Flow.Due {
		t.Errorf("agents have %d requests (%d timed, %d due), the round %d (%d, %d), its slices %d", n, timed, due, r.Requests, h.TotalCount(), r.Flow.Due, sliced)
	}
}

// TestKilled ends an agent in the middle of a round.
func TestKilled(t *testing.T) {
	s := newToy(t)
	a, b := start(t, &Agent{}), start(t, &Agent{})
	s.at = func(n int64) {
		if n == 500 {
			go b.kill()
		}
	}
	began := time.Now()
	run, err := do(t.Context(), driver(t, "", a, b), s, load.Plan{Conns: 2, Depth: 1, Threads: 1, Rate: 2000, Duration: 10 * time.Minute}, 2)
	if err == nil || !strings.Contains(err.Error(), "agent "+b.address) {
		t.Errorf("the error is %v", err)
	}
	if took := time.Since(began); took > 5*time.Minute {
		t.Errorf("it took %s to notice", took)
	}
	target := run.Targets[0]
	if len(target.Rounds) != 1 || target.Failed == "" {
		t.Fatalf("%d rounds, failed: %q", len(target.Rounds), target.Failed)
	}
	r := target.Rounds[0]
	whole(t, r)
	if r.Agents[0].Requests == 0 || r.Agents[0].Lost != "" || !strings.Contains(r.Agents[1].Lost, b.address) {
		t.Errorf("the round is not what the living agent did: %+v", r.Agents)
	}
	if text := strings.Join(run.Remarks(), "\n"); !strings.Contains(text, "LOST") {
		t.Errorf("nothing is said of it: %s", text)
	}
	again(t, s, a)
}

// again checks that an agent is free for another driver.
func again(t *testing.T, s *toy, a *started) {
	t.Helper()
	s.mu.Lock()
	s.at = nil
	s.mu.Unlock()
	deadline := time.Now().Add(patience)
	for {
		run, err := do(t.Context(), driver(t, a.Token, a), s, load.Plan{Conns: 1, Depth: 1, Count: 10, Duration: time.Minute}, 1)
		if err == nil && run.Targets[0].Rounds[0].Requests == 10 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("the agent is of no use any more: %v", err)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// TestInterrupted ends the driver's context in the middle of a round.
func TestInterrupted(t *testing.T) {
	s := newToy(t)
	a, b := start(t, &Agent{}), start(t, &Agent{})
	ctx, cancel := context.WithCancel(t.Context())
	s.at = func(n int64) {
		if n == 500 {
			cancel()
		}
	}
	run, err := do(ctx, driver(t, "", a, b), s, load.Plan{Conns: 2, Depth: 1, Threads: 1, Rate: 2000, Duration: 10 * time.Minute}, 2)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v", err)
	}
	if n := len(run.Targets[0].Rounds); n != 1 {
		t.Fatalf("%d rounds", n)
	}
	whole(t, run.Targets[0].Rounds[0])
	if run.Targets[0].Failed != "" {
		t.Errorf("the target is said to have failed: %s", run.Targets[0].Failed)
	}
	again(t, s, a)
	again(t, s, b)
}

// TestSkewedClocks has agents whose clocks are hours apart.
func TestSkewedClocks(t *testing.T) {
	s := newToy(t)
	skews := []time.Duration{-3 * time.Hour, 5 * time.Hour}
	var all []*started
	for _, skew := range skews {
		all = append(all, start(t, &Agent{clocks: clocks{base: time.Now(), skew: skew}}))
	}
	run, err := do(t.Context(), driver(t, "", all...), s, load.Plan{Conns: 2, Depth: 1, Threads: 1, Rate: 1000, Duration: 200 * time.Millisecond}, 1)
	if err != nil {
		t.Fatal(err)
	}
	for i, a := range run.Targets[0].Rounds[0].Agents {
		if wrong := (time.Duration(a.ClockOffset) - skews[i]).Abs(); wrong > time.Duration(a.ClockUnknown)+time.Second {
			t.Errorf("agent %d is %s ahead, its offset is %s", i, skews[i], time.Duration(a.ClockOffset))
		}
		if a.BeganLate > int64(time.Minute) {
			t.Errorf("agent %d began %s late", i, time.Duration(a.BeganLate))
		}
	}
}
