package trust

import (
	"context"
	"fmt"
	"maps"
	"time"

	"github.com/cachegopher/cachegopher/bench/compare"
	"github.com/cachegopher/cachegopher/bench/load"
	"github.com/cachegopher/cachegopher/bench/result"
	"github.com/cachegopher/cachegopher/bench/runner"
	"github.com/cachegopher/cachegopher/bench/sut"
	"github.com/cachegopher/cachegopher/bench/workload"
)

// toySteps is the needless work of a toy for a request: about ten microseconds, most of what a request costs.
const toySteps = 8000

// tally counts what comparisons said.
type tally struct {
	made, alarms, found, wrong int // wrong: a loss that was called a gain
	able, ableFound            int // of the comparisons of unequal toys, those that say that they would find 5%, and how many of these found it
	pairs                      []int
	smallest                   []float64 // what those of unequal toys say that they find, in the server's CPU
	ratios                     []float64
}

// finds compares a toy with itself, and with one that takes 5% more of the processor for each request, again and again, with
// the pairs that compare asks for.
func finds(ctx context.Context, l *Lab) (f Finding, err error) {
	r := *l.Runner
	r.Schemes = maps.Clone(l.Runner.Schemes)
	if r.Schemes == nil {
		r.Schemes = sut.Schemes{}
	}
	r.Schemes["toy:"] = openToy
	r.MayFill = nil // toys are started here
	more, err := l.fivePercent(ctx, &r)
	if err != nil {
		return f, err
	}
	var t tally
	for i := range l.Times {
		for _, steps := range []int{toySteps, toySteps + more} {
			job := l.toyJob(uint64(i), toySteps, steps)
			run, err := compare.Measure(ctx, job, compare.Plan{Most: l.MostPairs, Wanted: 0.05}, r.Do)
			if err != nil {
				return f, err
			}
			if err := t.add(run, steps != toySteps); err != nil {
				return f, err
			}
		}
		if l.Progress != nil {
			l.Progress(fmt.Sprintf("  %s\n", t.String()))
		}
	}
	f.Expected = "19 of 20 losses of 5% are found, and there is one alarm among 20 comparisons of equals; by chance two fewer, and two more; on a machine that is not quiet, of those comparisons that say that they find 5%"
	f.Saw = fmt.Sprintf("%d steps of work, %d more for 5%%; %s", toySteps, more, t.String())
	f.OK = t.ok()
	return f, nil
}

// toyJob compares two toys.
func (l *Lab) toyJob(i uint64, a, b int) *runner.Job {
	url := func(steps int) string { return fmt.Sprintf("toy:?steps=%d", steps) }
	return &runner.Job{Name: "finds", Targets: []string{url(a), url(b)}, Seed: l.Seed + 1000*i, Spec: workload.Spec{Keys: 200, Value: "64", Mix: "get=90,set=10"},
		Plan: load.Plan{Conns: 8, Depth: 4, Threads: 1, Warmup: 20 * time.Millisecond, Duration: l.Span / 40}}
}

// fivePercent is how many steps more cost 5% of the processor time of a request, everything included.
func (l *Lab) fivePercent(ctx context.Context, r *runner.Runner) (int, error) {
	run, err := compare.Measure(ctx, l.toyJob(0, toySteps, 2*toySteps), compare.Plan{Pairs: 11}, r.Do)
	if err != nil {
		return 0, fmt.Errorf("measuring what a step costs: %w", err)
	}
	micros := result.MetricOf("server CPU")
	once, twice := result.Median(micros.Values(run.Targets[0].Rounds)), result.Median(micros.Values(run.Targets[1].Rounds))
	if !(twice > 1.2*once && twice < 2.2*once) {
		return 0, fmt.Errorf("twice the work takes %.2f us a request of the server, and once %.2f", twice, once)
	}
	return int(0.05*once/(twice-once)*toySteps + 0.5), nil
}

// add counts a comparison's outcome. slower: its second target is the slower one.
func (t *tally) add(run *result.Run, slower bool) error {
	figures, err := compare.Paired(&result.Report{Runs: []*result.Run{run}}, compare.Options{Threshold: 0.02, Wanted: 0.05})
	if err != nil {
		return err
	}
	worse, better, able := false, false, false
	for _, x := range figures {
		worse = worse || x.Verdict == compare.Worse
		better = better || x.Verdict == compare.Better
		if x.Metric == "server CPU" && slower {
			able = x.Smallest <= 0.05
			t.smallest, t.ratios = append(t.smallest, x.Smallest), append(t.ratios, x.Ratio.Value)
		}
	}
	t.pairs = append(t.pairs, len(run.Targets[0].Rounds))
	if able {
		t.able++
		if worse {
			t.ableFound++
		}
	}
	switch {
	case !slower:
		t.made++
		if worse || better {
			t.alarms++
		}
	case worse:
		t.found++
	case better:
		t.wrong++
	}
	return nil
}

// String says what was counted.
func (t *tally) String() string {
	sum := 0
	for _, n := range t.pairs {
		sum += n
	}
	s := fmt.Sprintf("%d of %d found (%d of the %d that say they find 5%%), %d called a gain, %d alarms among %d equals, %.0f pairs on average", t.found, t.made, t.ableFound, t.able, t.wrong, t.alarms, t.made, float64(sum)/float64(max(1, len(t.pairs))))
	if len(t.ratios) > 0 {
		s += fmt.Sprintf("; the server's CPU was %.3f in the median, and they would have found %.1f%%", result.Median(t.ratios), 100*result.Median(t.smallest))
	}
	return s
}

// ok reports whether the counts are likely if one of 20 comparisons of equals has an alarm, and 19 of 20 are found by
// those that say that they find 5%: fewer found, or more alarms, would come in less than one of 20 experiments.
func (t *tally) ok() bool {
	allowed := func(n int) int { return 3 * ((n + 19) / 20) }
	return t.able > 0 && t.wrong == 0 && t.alarms <= allowed(t.made) && t.ableFound >= t.able-allowed(t.able)
}
