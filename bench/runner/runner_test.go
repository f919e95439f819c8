package runner

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/bench/load"
	"github.com/cachegopher/cachegopher/bench/result"
	"github.com/cachegopher/cachegopher/bench/sut"
	"github.com/cachegopher/cachegopher/bench/workload"
)

// fake is a cache made of a map.
type fake struct {
	sut.Unsupported
	mu    sync.Mutex
	m     map[string][]byte
	calls atomic.Int64
	dieAt int64         // the first call that fails; 0: never
	takes time.Duration // for a call
	name  string
	all   *world
}

// world is the state that fakes share.
type world struct {
	mu     sync.Mutex
	turns  []string // the fakes in the order of their calls, consecutive ones merged
	opened int
	most   int                    // open at once
	calls  int                    // in the current turn
	heard  func(turns, calls int) // called for each call, with mu held
}

func (w *world) called(name string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if n := len(w.turns); n == 0 || w.turns[n-1] != name {
		w.turns, w.calls = append(w.turns, name), 0
	}
	w.calls++
	if w.heard != nil {
		w.heard(len(w.turns), w.calls)
	}
}

func (w *world) open(n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.opened += n
	w.most = max(w.most, w.opened)
}

var errDead = errors.New("the fake is dead")

func (f *fake) call() error {
	n := f.calls.Add(1)
	f.all.called(f.name)
	if f.takes > 0 {
		time.Sleep(f.takes)
	}
	if f.dieAt > 0 && n >= f.dieAt {
		return errDead
	}
	return nil
}

func (f *fake) Get(_ context.Context, key string, dst []byte) ([]byte, bool, error) {
	if err := f.call(); err != nil {
		return dst, false, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	v, ok := f.m[key]
	return append(dst, v...), ok, nil
}

func (f *fake) Set(_ context.Context, key string, value []byte, _ time.Duration) error {
	if err := f.call(); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.m[key] = slices.Clone(value)
	return nil
}

func (f *fake) Close() error { f.all.open(-1); return nil }

// fakes returns the schemes good:, dying:, slow:, and some that cannot be opened.
func (w *world) fakes() sut.Schemes {
	made := func(f *fake, name string) (*sut.Target, error) {
		f.m, f.all, f.name = map[string][]byte{}, w, name
		w.open(1)
		t := &sut.Target{Caller: f, Version: "fake 1", InProcess: true}
		t.OnClose(f.Close)
		return t, nil
	}
	return sut.Schemes{
		"good:": func(_ context.Context, rest string, _ sut.Options) (*sut.Target, error) {
			return made(&fake{}, rest)
		},
		"slow:": func(_ context.Context, rest string, _ sut.Options) (*sut.Target, error) {
			return made(&fake{takes: 2 * time.Millisecond}, rest)
		},
		"dying:": func(_ context.Context, rest string, _ sut.Options) (*sut.Target, error) {
			return made(&fake{dieAt: 10_000}, rest)
		},
		"absent:": func(context.Context, string, sut.Options) (*sut.Target, error) {
			return nil, fmt.Errorf("%w: absent is not installed (buy it)", sut.ErrMissing)
		},
		"refusing:": func(context.Context, string, sut.Options) (*sut.Target, error) {
			return nil, errors.New("connection refused")
		},
	}
}

// brief is a job of a thousand requests a round.
func brief(targets ...string) *Job {
	return &Job{Name: "brief", Spec: workload.Spec{Keys: 100, Mix: "get=1"}, Rounds: 3, Seed: 1, Targets: targets,
		Plan: load.Plan{Conns: 2, Depth: 1, Count: 1000}}
}

func TestRoundsAlternate(t *testing.T) {
	var w world
	r := &Runner{Schemes: w.fakes()}
	run, err := r.Do(context.Background(), brief("good:a", "good:b"))
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(w.turns, ""); got != "abababab" { // each is filled, then measured three times
		t.Errorf("the order is %s", got)
	}
	for _, x := range run.Targets {
		if len(x.Rounds) != 3 || x.Version != "fake 1" || x.Failed != "" {
			t.Errorf("%+v", x)
		}
		for _, round := range x.Rounds {
			if round.Requests != 1000 || round.Hits != round.Requests || round.ErrorCount() != 0 {
				t.Errorf("%s: %d requests, %d hits, errors %v", x.URL, round.Requests, round.Hits, round.Errors)
			}
		}
	}
	if w.opened != 0 {
		t.Errorf("%d targets were left open", w.opened)
	}
}

func TestOneTargetsTroubleIsNotTheOthers(t *testing.T) {
	var w world
	r := &Runner{Schemes: w.fakes()}
	job := brief("absent:", "refusing:", "dying:", "good:")
	job.Plan.MaxErrors, job.Plan.Count = 1<<40, 30_000
	run, err := r.Do(context.Background(), job)
	if !errors.Is(err, load.ErrDied) || !strings.Contains(err.Error(), "connection refused") || strings.Contains(err.Error(), "absent") {
		t.Errorf("error %v: want those of the target that refuses and of the one that dies", err)
	}
	for i, want := range []struct{ missing, failed string }{{"absent is not installed (buy it)", ""}, {"", "connection refused"}, {"", load.ErrDied.Error()}, {"", ""}} {
		if x := run.Targets[i]; x.Missing != want.missing || !strings.Contains(x.Failed, want.failed) || (x.Failed == "") != (want.failed == "") {
			t.Errorf("%s: missing %q, failed %q", x.URL, x.Missing, x.Failed)
		}
	}
	if dying := run.Targets[2]; len(dying.Rounds) == 0 || dying.Rounds[0].Hits == 0 {
		t.Error("what the dying target did before is lost")
	}
	if good := run.Targets[3]; len(good.Rounds) != 3 {
		t.Errorf("%d rounds of the good one", len(good.Rounds))
	}
	if w.opened != 0 {
		t.Errorf("%d targets were left open", w.opened)
	}
}

func TestAloneClosesOneBeforeTheNextIsOpened(t *testing.T) {
	var w world
	r := &Runner{Schemes: w.fakes()}
	job := brief("good:a", "good:b", "good:c")
	job.Alone, job.Rounds = true, 1
	if _, err := r.Do(context.Background(), job); err != nil || w.most != 1 {
		t.Errorf("%d were open at once, %v", w.most, err)
	}
}

func TestInterruptKeepsWhatWasMeasured(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	w := world{heard: func(turns, calls int) {
		if turns != 6 { // two are filled, then measured: in the second round of b
			return
		}
		switch calls {
		case 1:
			time.Sleep(300 * time.Millisecond) // measuring begins a millisecond after the round, or when a busy machine lets it
		case 100:
			cancel()
			time.Sleep(time.Second) // no call proceeds meanwhile, and the cancellation spreads
		}
	}}
	job := brief("good:a", "good:b")
	job.Plan.Count = 50_000
	run, err := (&Runner{Schemes: w.fakes()}).Do(ctx, job)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	for i, x := range run.Targets {
		if n := len(x.Rounds); n != 2 || x.Failed != "" || x.Rounds[0].Requests != 50_000 {
			t.Errorf("target %d: %d rounds, failed %q", i, n, x.Failed)
		}
	}
	if n := run.Targets[1].Rounds[1].Requests; n == 0 || n == 50_000 || w.opened != 0 {
		t.Errorf("the interrupted round has %d requests, %d are open", n, w.opened)
	}
}

// Four callers of a target that takes 2 ms cannot make more than 2,000 calls a second.
func TestRampStaysBelowWhatATargetCanDo(t *testing.T) {
	var w world
	r := &Runner{Schemes: w.fakes()}
	slo, err := ParseSLO("p50=30ms")
	if err != nil {
		t.Fatal(err)
	}
	job := brief("slow:")
	job.SLO, job.Rounds, job.Plan.Conns, job.Plan.Count, job.Plan.Duration, job.Plan.Rate = slo, 1, 4, 0, 150*time.Millisecond, 100
	run, err := r.Do(context.Background(), job)
	if err != nil {
		t.Fatal(err)
	}
	x := run.Targets[0]
	kept, lost := 0.0, 1e18
	for _, s := range x.Steps {
		if s.Kept {
			kept = max(kept, s.Rate)
		} else {
			lost = min(lost, s.Rate)
		}
	}
	if x.HighestRate != kept || kept == 0 || kept > 2200 || lost/kept > rampClose*1.001 || len(x.Rounds) != 1 {
		t.Errorf("highest %g, kept %g, lost %g, steps %+v", x.HighestRate, kept, lost, x.Steps)
	}
}

func TestParseSLO(t *testing.T) {
	sum := &result.Summary{P50: 50, P90: 90, P99: 99, P999: 999, P9999: 9999, Max: 10000}
	for text, want := range map[string]int64{"p50=1ms": 50, "p90=1ms": 90, "p99=1ms": 99, "p99.9=1ms": 999, "p99.99=1ms": 9999, "max=1ms": 10000} {
		s, err := ParseSLO(text)
		if err != nil || s.Most != time.Millisecond || s.of(sum) != want || s.String() != text {
			t.Errorf("%s: %v, %v", text, s, err)
		}
	}
	for _, text := range []string{"", "p99", "p98=1ms", "p99=", "p99=-1ms", "p99=0s", "p99=fast"} {
		if _, err := ParseSLO(text); err == nil || !strings.Contains(err.Error(), "p99=1ms") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestParseCores(t *testing.T) {
	for text, want := range map[string][]int{"0": {0}, "0,2-3": {0, 2, 3}, "5-5": {5}} {
		if got, err := ParseCores(text); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "a", "3-1", "-1", "1,", "5000"} {
		if got, err := ParseCores(text); err == nil {
			t.Errorf("%q is taken for %v", text, got)
		}
	}
}
