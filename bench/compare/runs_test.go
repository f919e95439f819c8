package compare

import (
	"strings"
	"testing"

	"github.com/cachegopher/cachegopher/bench/result"
)

// report is one run of one target, of rounds in a weather that began before it.
func report(w *weather, url string, slower float64, rounds int) *result.Report {
	t, luck := &result.Target{URL: url}, w.luck()
	for range rounds {
		t.Rounds = append(t.Rounds, w.round(slower, luck))
	}
	return &result.Report{Runs: []*result.Run{{Name: "r", Targets: []*result.Target{t}}}}
}

// TestRunsFalseAlarms: two runs of one program differ in at most one of twenty comparisons, and a large loss is found.
func TestRunsFalseAlarms(t *testing.T) {
	const experiments = 300
	for _, rounds := range []int{2, 3, 5, 9} {
		alarms, hits := 0, 0
		for seed := range uint64(experiments) {
			w := newWeather(seed)
			for _, slower := range []float64{1, 1.5} {
				figures, err := Runs(report(w, "x:", 1, rounds), report(w, "x:", slower, rounds), Options{Threshold: 0.02})
				if err != nil {
					t.Fatal(err)
				}
				switch {
				case slower == 1 && (found(figures, Worse, "") || found(figures, Better, "")):
					alarms++
				case slower > 1 && found(figures, Worse, ""):
					hits++
				}
			}
		}
		t.Logf("%d rounds: %d alarms, half as slow again is found in %d of %d", rounds, alarms, hits, experiments)
		if alarms > experiments/20 || rounds >= 5 && hits < experiments/2 {
			t.Errorf("%d rounds: %d alarms, half as slow again is found in %d of %d", rounds, alarms, hits, experiments)
		}
	}
}

func TestOneRoundSaysNothing(t *testing.T) {
	w := newWeather(1)
	figures, err := Runs(report(w, "x:", 1, 1), report(w, "x:", 9, 1), Options{})
	if err != nil || len(figures) == 0 || found(figures, Worse, "") || !found(figures, Few, "throughput") {
		t.Errorf("%v, %+v", err, figures)
	}
}

// A metric for which less is better gets worse when it grows.
func TestRunsKnowWhatIsBetter(t *testing.T) {
	of := func(p99 int64) *result.Report {
		r := report(newWeather(1), "x:", 1, 5)
		for i, x := range r.Runs[0].Targets[0].Rounds {
			*x = result.Round{Latency: result.Summary{P99: p99 + int64(i)}}
		}
		return r
	}
	for _, c := range []struct {
		before, after int64
		want          Verdict
	}{{1000, 2000, Worse}, {2000, 1000, Better}, {2000, 2000, Same}} {
		figures, err := Runs(of(c.before), of(c.after), Options{})
		if err != nil || len(figures) != 1 || figures[0].Verdict != c.want {
			t.Errorf("%d to %d: %v, %+v", c.before, c.after, err, figures)
		}
	}
}

func TestIdentity(t *testing.T) {
	for u, want := range map[string]string{
		"redis://h:1?pid=7": "redis://h:1", "redis://h:1": "redis://h:1", "spawn:cachegopher?pid=1&client=tcp&pid=2": "spawn:cachegopher?client=tcp",
	} {
		if got := identity(u); got != want {
			t.Errorf("%s is %s, want %s", u, got, want)
		}
	}
	w := newWeather(1)
	if _, err := Runs(report(w, "redis://h:1?pid=7", 1, 3), report(w, "redis://h:1?pid=8", 1, 3), Options{}); err != nil {
		t.Error(err)
	}
}

// TestDifferentConditions: what was measured differently is compared only by request, and the objection says what differs.
func TestDifferentConditions(t *testing.T) {
	for _, c := range []struct {
		change func(*result.Report)
		want   string
	}{
		{func(r *result.Report) { r.Runs[0].Load.Depth = 16 }, "depth 1 and 16"},
		{func(r *result.Report) { r.Runs[0].Workload.Value = "4KB" }, "value 32 and 4KB"},
		{func(r *result.Report) { r.Runs[0].Load.Duration = 60 }, "duration s 10 and 60"},
		{func(r *result.Report) { r.Machine.Cores = 64 }, "cores 2 and 64"},
		{func(r *result.Report) { r.Runs[0].Load.Seed = 7 }, ""},
		{func(r *result.Report) { r.Runs[0].Targets[0].URL = "y:" }, "no run and target in common: one has r of x:, and one has r of y:"},
	} {
		make := func() *result.Report {
			r := report(newWeather(1), "x:", 1, 3)
			r.Machine.Cores, r.Runs[0].Load.Depth, r.Runs[0].Load.Duration, r.Runs[0].Workload.Value = 2, 1, 10, "32"
			return r
		}
		b := make()
		c.change(b)
		_, err := Runs(make(), b, Options{})
		if (err != nil) != (c.want != "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, want %q", err, c.want)
		}
		if _, err := Runs(make(), b, Options{Anyway: true}); (err != nil) != strings.Contains(c.want, "in common") {
			t.Errorf("anyway: %v", err)
		}
	}
}
