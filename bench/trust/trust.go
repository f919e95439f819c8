// Package trust repeats the experiments that show which figures of cachegopher-bench can be trusted: each says what it
// expects, by theory, by another program's count or because it arranged a fault itself, and what it saw. They need real
// servers; those that are not installed are skipped.
package trust

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/cachegopher/cachegopher/bench/load"
	"github.com/cachegopher/cachegopher/bench/result"
	"github.com/cachegopher/cachegopher/bench/runner"
	"github.com/cachegopher/cachegopher/bench/sut"
	"github.com/cachegopher/cachegopher/bench/workload"
)

// Lab is where experiments are made.
type Lab struct {
	Runner *runner.Runner
	Target string // the server for experiments that need some server
	Span   time.Duration
	Seed   uint64

	// Of the experiment finds.
	Times     int               // how often each comparison is made
	MostPairs int               // bound of what a comparison may ask for
	Progress  func(line string) // is told what was counted so far; nil: nobody
}

// Finding is what an experiment found.
type Finding struct {
	Expected, Saw string
	OK            bool
	Skipped       string // why it could not be made
}

// Experiment is one of All.
type Experiment struct {
	Name, About string
	Do          func(context.Context, *Lab) (Finding, error)
}

// Long returns the experiments that are made only when they are named, because they take minutes.
func Long() []Experiment {
	return []Experiment{{"finds", "A server of known cost compared with itself, and with one that costs 5% more: how often the loss is found, and how often there is an alarm.", finds}}
}

// All returns the experiments that are made when none is named.
func All() []Experiment {
	return []Experiment{
		{"counts", "The server counts as many requests as the bench claims.", counts},
		{"stalls", "A server that stands still for 200 ms now and then: an open loop shows what its users wait for, by theory; a closed loop hides it.", stalls},
		{"lies", "A server that answers wrongly: every kind of wrong answer is found and named.", wrongAnswers},
		{"overload", "A rate over what the server can do: it is missed, this is an error, and the server is blamed.", overload},
		{"starvation", "Other work on the generator's core: the figures are marked, and without it they are not.", starvation},
		{"itself", "A server compared with itself: no figure differs.", itself},
		{"others", "Other load generators beside ours, with the same work: the figures agree, or it is said why not.", others},
	}
}

// Run makes experiments and returns how many did not see what they expected.
func Run(ctx context.Context, l *Lab, experiments []Experiment, out io.Writer) (wrong int, err error) {
	for _, e := range experiments {
		fmt.Fprintf(out, "%s: %s\n", e.Name, e.About) //nolint:errcheck // standard output is gone
		f, err := e.Do(ctx, l)
		if ctx.Err() != nil {
			return wrong, ctx.Err()
		}
		verdict := "as expected"
		switch {
		case err != nil:
			verdict, f.Saw = "NOT AS EXPECTED", err.Error()
			wrong++
		case f.Skipped != "":
			fmt.Fprintf(out, "  SKIPPED: %s\n\n", f.Skipped) //nolint:errcheck // likewise
			continue
		case !f.OK:
			verdict = "NOT AS EXPECTED"
			wrong++
		}
		fmt.Fprintf(out, "  expected: %s\n  saw:      %s\n  %s\n\n", f.Expected, f.Saw, verdict) //nolint:errcheck // likewise
	}
	return wrong, nil
}

// Named returns the experiments whose names contain one of parts, or All if there are none.
func Named(parts []string) []Experiment {
	if len(parts) == 0 {
		return All()
	}
	return slices.DeleteFunc(append(All(), Long()...), func(e Experiment) bool {
		return !slices.ContainsFunc(parts, func(p string) bool { return strings.Contains(e.Name, p) })
	})
}

// work is what most experiments ask for.
func work() workload.Spec { return workload.Spec{Keys: 10_000, Value: "64", Mix: "get=90,set=10"} }

// open starts the lab's server and fills it.
func (l *Lab) open(ctx context.Context, url string, spec workload.Spec, p load.Plan) (*sut.Target, *load.Session, error) {
	t, err := l.Runner.Schemes.Open(ctx, url, sut.Options{Cores: l.Runner.ServerCores, Memory: 256 << 20, Node: l.Runner.Node, Keys: spec.Keys, Mean: 80})
	if err != nil {
		return nil, nil, err
	}
	s, err := l.session(ctx, t, spec, p)
	if err != nil {
		t.Close() //nolint:errcheck // err came first
		return nil, nil, err
	}
	return t, s, nil
}

// session fills a target for a load.
func (l *Lab) session(ctx context.Context, t *sut.Target, spec workload.Spec, p load.Plan) (*load.Session, error) {
	w, err := workload.Compile(spec, l.Seed)
	if err != nil {
		return nil, err
	}
	p.Cores = l.Runner.LoadCores
	s, err := load.NewSession(w, t, p)
	if err == nil {
		err = s.Fill(ctx, nil)
	}
	return s, err
}

// once starts a server, makes one round, and stops it.
func (l *Lab) once(ctx context.Context, spec workload.Spec, p load.Plan) (*result.Round, error) {
	t, s, err := l.open(ctx, l.Target, spec, p)
	if err != nil {
		return nil, err
	}
	defer t.Close() //nolint:errcheck // it is only read from
	return s.Run(ctx, 0, nil)
}

func ms(ns int64) string { return fmt.Sprintf("%.1f ms", float64(ns)/1e6) }
