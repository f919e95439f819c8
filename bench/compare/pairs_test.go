package compare

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/cachegopher/cachegopher/bench/result"
	"github.com/cachegopher/cachegopher/bench/runner"
)

// laboratory makes rounds of "old" and "new", which is slower by a factor, in its weather.
func laboratory(w *weather, slower float64) func(context.Context, *runner.Job) (*result.Run, error) {
	return func(_ context.Context, job *runner.Job) (*result.Run, error) {
		run := &result.Run{Name: job.Name}
		for _, u := range job.Targets {
			factor := 1.0
			if u == "new" {
				factor = slower
			}
			run.Targets = append(run.Targets, &result.Target{URL: u, Rounds: []*result.Round{w.round(factor, w.luck())}})
		}
		return run, nil
	}
}

// experiment compares old and new, and returns the figures and how many pairs were made.
func experiment(t *testing.T, seed uint64, slower float64, p Plan) ([]Figure, int) {
	t.Helper()
	job := &runner.Job{Name: "r", Targets: []string{"old", "new"}, Seed: seed}
	run, err := Measure(t.Context(), job, p, laboratory(newWeather(seed), slower))
	if err != nil {
		t.Fatal(err)
	}
	figures, err := Paired(&result.Report{Runs: []*result.Run{run}}, Options{Threshold: 0.02, Wanted: 0.05})
	if err != nil {
		t.Fatal(err)
	}
	return figures, len(run.Targets[0].Rounds)
}

func found(figures []Figure, v Verdict, metric string) bool {
	for _, f := range figures {
		if f.Verdict == v && (metric == "" || f.Metric == metric) {
			return true
		}
	}
	return false
}

// TestFalseAlarms: equal programs differ in at most one of twenty comparisons, in any figure, also without a threshold.
func TestFalseAlarms(t *testing.T) {
	const experiments = 1000
	for _, p := range []Plan{{Pairs: 12}, {Most: 60, Wanted: 0.05}} {
		alarms, certain, made := 0, 0, 0
		for seed := range uint64(experiments) {
			figures, n := experiment(t, seed, 1, p)
			made += n
			if found(figures, Worse, "") || found(figures, Better, "") {
				alarms++
			}
			for _, f := range figures {
				if f.P < alpha {
					certain++
					break
				}
			}
		}
		t.Logf("%+v: %d pairs on average; %d of %d have an alarm, %d without a threshold", p, made/experiments, alarms, experiments, certain)
		if limit := experiments/20 + 16; alarms > experiments/20 || certain > limit { // three standard deviations more
			t.Errorf("%+v: %d alarms, %d without a threshold, of %d", p, alarms, certain, experiments)
		}
	}
}

// TestFindsFivePercent: with the pairs that it asks for, 5% is found in 19 of 20 comparisons.
func TestFindsFivePercent(t *testing.T) {
	const experiments = 1000
	lost, wrong, made := 0, 0, 0
	for seed := range uint64(experiments) {
		figures, n := experiment(t, 1000+seed, 1.05, Plan{Most: 200, Wanted: 0.05})
		made += n
		if !found(figures, Worse, "throughput") && !found(figures, Worse, "server CPU") {
			lost++
		}
		if found(figures, Better, "") {
			wrong++
		}
	}
	t.Logf("%d pairs on average; a loss of 5%% is missed in %d of %d", made/experiments, lost, experiments)
	if lost > experiments/20 || wrong > experiments/100 {
		t.Errorf("a loss of 5%% is missed in %d of %d, and called a gain in %d", lost, experiments, wrong)
	}
}

// TestSmallest: a change as large as Smallest says is found in about 19 of 20 comparisons with as many pairs.
func TestSmallest(t *testing.T) {
	const experiments, pairs = 1000, 16
	sum := 0.0
	smallestOf := func(figures []Figure) float64 {
		for _, f := range figures {
			if f.Metric == "throughput" {
				return f.Smallest
			}
		}
		return 0
	}
	for seed := range uint64(50) {
		figures, _ := experiment(t, 5000+seed, 1, Plan{Pairs: pairs})
		sum += smallestOf(figures)
	}
	size := sum / 50
	hits := 0
	for seed := range uint64(experiments) {
		if figures, _ := experiment(t, 6000+seed, 1+size, Plan{Pairs: pairs}); found(figures, Worse, "throughput") {
			hits++
		}
	}
	t.Logf("%d pairs find %.1f%% in %d of %d", pairs, 100*size, hits, experiments)
	if hits < experiments*9/10 {
		t.Errorf("%d pairs should find %.1f%%, but did so in %d of %d", pairs, 100*size, hits, experiments)
	}
}

func TestTooFewPairsSaySo(t *testing.T) {
	figures, _ := experiment(t, 1, 2, Plan{Pairs: 5})
	for _, f := range figures {
		if f.Verdict != Few && f.Metric != "hit ratio" { // which is always the same
			t.Errorf("five pairs say %q of %s", f.Verdict, f.Metric)
		}
	}
}

// TestOrderIsDrawn: each target goes first in about half of the pairs, and the result has them in the job's order.
func TestOrderIsDrawn(t *testing.T) {
	first := map[string]int{}
	seeds := map[uint64]bool{}
	lab := laboratory(newWeather(1), 1)
	job := &runner.Job{Targets: []string{"old", "new"}, Seed: 9}
	run, err := Measure(t.Context(), job, Plan{Pairs: 40}, func(ctx context.Context, one *runner.Job) (*result.Run, error) {
		first[one.Targets[0]]++
		seeds[one.Seed] = true
		return lab(ctx, one)
	})
	if err != nil || run.Targets[0].URL != "old" || len(run.Targets[1].Rounds) != 40 || !run.Fresh {
		t.Fatalf("%v, %+v", err, run)
	}
	if first["old"] < 10 || first["new"] < 10 || len(seeds) != 40 {
		t.Errorf("first were %v, with %d seeds", first, len(seeds))
	}
}

// TestPairsUpToAnError: what was measured before an error is kept, and an incomplete pair is not.
func TestPairsUpToAnError(t *testing.T) {
	lab, made := laboratory(newWeather(1), 1), 0
	run, err := Measure(t.Context(), &runner.Job{Targets: []string{"old", "new"}}, Plan{Pairs: 9}, func(ctx context.Context, one *runner.Job) (*result.Run, error) {
		if made++; made < 4 {
			return lab(ctx, one)
		}
		r, _ := lab(ctx, one)
		r.Targets[1].Rounds = nil
		return r, errors.New("it ended")
	})
	if err == nil || !strings.Contains(err.Error(), "pair 4: it ended") || len(run.Targets[0].Rounds) != 3 || len(run.Targets[1].Rounds) != 3 {
		t.Errorf("%v, %+v", err, run)
	}
	if _, err := Measure(t.Context(), &runner.Job{Targets: []string{"a"}}, Plan{}, lab); err == nil {
		t.Error("pairs of one target")
	}
}
