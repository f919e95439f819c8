package compare

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/cachegopher/cachegopher/bench/result"
	"github.com/cachegopher/cachegopher/bench/runner"
)

// Pilot is how many pairs are made before it is decided how many are needed.
const Pilot = 10

// Plan says how many pairs Measure makes.
type Plan struct {
	Pairs  int     // 0: as many as it takes to find Wanted
	Most   int     // bound of what that may be
	Wanted float64 // change to be found in the planned metric, as a share
}

// planned are the metrics for which the number of pairs is chosen; the first that was measured counts.
var planned = []string{"server CPU", "throughput"}

// Measure makes pairs of rounds of a job's two targets. do makes one run, of one round. For each pair the targets are
// opened anew, since a process keeps for its life whatever luck it had with the layout of its memory, and which of the two
// goes first is drawn. The result's runs have the targets in the job's order; it is what was measured, even with an error.
func Measure(ctx context.Context, job *runner.Job, p Plan, do func(context.Context, *runner.Job) (*result.Run, error)) (*result.Run, error) {
	if len(job.Targets) != 2 {
		return nil, fmt.Errorf("pairs are made of two targets, not %d", len(job.Targets))
	}
	draw := rand.New(rand.NewPCG(job.Seed, 0))
	var all *result.Run
	tries := 0
	for made, want := 0, cmp.Or(p.Pairs, Pilot); made < want; {
		one := *job
		one.Rounds, one.Seed, one.Targets = 1, job.Seed+uint64(made), slices.Clone(job.Targets)
		run, err := onePair(ctx, &one, draw.IntN(2) == 1, do)
		if tries++; errors.Is(err, errUnanswered) && tries < mostTries {
			continue
		}
		if err != nil {
			if all == nil {
				all = run
			}
			return all, fmt.Errorf("pair %d: %w", made+1, err)
		}
		tries = 0
		made++
		all = join(all, run)
		if p.Pairs == 0 && made == want {
			want = max(want, min(p.needed(all), 2*want, p.Most)) // the more pairs there are, the better is what they ask for
		}
	}
	return all, nil
}

// errUnanswered: the machine was so busy that a short round saw no reply.
var errUnanswered = errors.New("it answered no request within its round")

// mostTries is how often a pair is made again after errUnanswered.
const mostTries = 5

// onePair makes a run of a job, whose targets it swaps if told so, and returns it with its targets in the job's order.
func onePair(ctx context.Context, job *runner.Job, swapped bool, do func(context.Context, *runner.Job) (*result.Run, error)) (*result.Run, error) {
	if swapped {
		slices.Reverse(job.Targets)
	}
	run, err := do(ctx, job)
	if run != nil && swapped {
		slices.Reverse(run.Targets)
	}
	if run == nil || err != nil {
		return run, err
	}
	for _, t := range run.Targets {
		switch {
		case t.Missing != "":
			return run, fmt.Errorf("%s is missing: %s", t.URL, t.Missing)
		case len(t.Rounds) != 1:
			return run, fmt.Errorf("%s: %w", t.URL, errUnanswered)
		}
	}
	return run, nil
}

// join adds a pair to those made before.
func join(all, run *result.Run) *result.Run {
	if all == nil {
		run.Fresh = true
		return run
	}
	for i, t := range run.Targets {
		all.Targets[i].Rounds = append(all.Targets[i].Rounds, t.Rounds...)
	}
	return all
}

// needed is how many pairs find the wanted change, by those made so far.
func (p *Plan) needed(run *result.Run) int {
	figures, err := Paired(&result.Report{Runs: []*result.Run{run}}, Options{Wanted: p.Wanted})
	if err != nil {
		return Pilot
	}
	for _, name := range planned {
		if i := slices.IndexFunc(figures, func(f Figure) bool { return f.Metric == name }); i >= 0 && figures[i].Pairs > 0 {
			return figures[i].Pairs
		}
	}
	return Pilot
}
