package suite

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/cachegopher/cachegopher/bench/result"
)

// noisy makes reports as a noisy machine would: each pair of rounds has its own speed, each round is off by some percent,
// and one in ten is doubled by a disturbance. slower is by how much our node is slower than the baseline.
type noisy struct {
	rng    *rand.Rand
	slower map[string]float64 // by run
	calls  [][]string
}

func (n *noisy) measure(_ context.Context, jobs []*Job) (*result.Report, error) {
	rep := &result.Report{}
	var names []string
	for _, j := range jobs {
		names = append(names, j.Name)
		run := &result.Run{Name: j.Name}
		ours, peer := &result.Target{URL: Ours}, &result.Target{URL: Peer}
		for range j.Rounds {
			speed := math.Exp(n.rng.NormFloat64() * 0.3)
			round := func(cost float64) *result.Round {
				cost *= speed * math.Exp(n.rng.NormFloat64()*0.05)
				if n.rng.IntN(10) == 0 {
					cost *= 2
				}
				return &result.Round{Seconds: 1, Requests: 1e6, ServerCPU: cost}
			}
			ours.Rounds = append(ours.Rounds, round(0.5*max(n.slower[j.Name], 1)))
			peer.Rounds = append(peer.Rounds, round(1))
		}
		run.Targets = []*result.Target{ours, peer}
		rep.Runs = append(rep.Runs, run)
	}
	n.calls = append(n.calls, names)
	return rep, nil
}

// base is the baseline of a quiet machine: our node uses half the peer's CPU.
func base() (all []result.Baseline) {
	for _, j := range CheckJobs(1) {
		all = append(all, result.Baseline{Run: j.Name, Target: Ours, Peer: Peer, Metric: "server CPU", Ratio: 0.5})
	}
	return all
}

func worse(t *testing.T, seed uint64, slower map[string]float64) (names []string, calls [][]string) {
	t.Helper()
	n := &noisy{rng: rand.New(rand.NewPCG(seed, 1)), slower: slower}
	all, err := Check(context.Background(), n.measure, base(), 9, 0.15)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range all {
		if v.Worse {
			names = append(names, v.Run)
		}
	}
	return names, n.calls
}

func TestCheckTellsARegressionFromNoise(t *testing.T) {
	const times = 200
	alarms, found, others := 0, 0, 0
	for seed := range uint64(times) {
		names, _ := worse(t, seed, nil)
		alarms += min(len(names), 1)
		names, _ = worse(t, seed, map[string]float64{"GET, depth 16": 1.4})
		for _, n := range names {
			if n == "GET, depth 16" {
				found++
			} else {
				others++
			}
		}
	}
	t.Logf("of %d checks: %d false alarms, %d of the regressions found, %d wrong runs blamed", times, alarms, found, others)
	if alarms > times/50 || found < times*9/10 || others > times/50 {
		t.Error("too many false alarms or missed regressions")
	}
}

func TestCheckMeasuresAgainOnlyWhatLooksWorse(t *testing.T) {
	names, calls := worse(t, 3, map[string]float64{"SET, depth 16": 3})
	if !slices.Equal(names, []string{"SET, depth 16"}) || len(calls) != 2 || len(calls[0]) != len(CheckJobs(1)) || !slices.Equal(calls[1], names) {
		t.Errorf("worse: %v; measured: %v", names, calls)
	}
}

func TestCheckPassesOnWhatFailed(t *testing.T) {
	broken := errors.New("no server")
	if _, err := Check(context.Background(), func(context.Context, []*Job) (*result.Report, error) { return nil, broken }, base(), 3, 0.15); !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
	n := &noisy{rng: rand.New(rand.NewPCG(1, 1))}
	unknown := []result.Baseline{{Run: "no such run", Target: Ours, Peer: Peer, Metric: "server CPU", Ratio: 1}}
	if _, err := Check(context.Background(), n.measure, unknown, 3, 0.15); err == nil || !strings.Contains(err.Error(), "no such run") {
		t.Errorf("a baseline of a run that does not exist: %v", err)
	}
}

func TestVagueVerdicts(t *testing.T) {
	for _, c := range []struct {
		low, high float64
		want      bool
	}{{0.9, 1.1, false}, {0.9, 1.3, false}, {0.7, 1.5, true}, {0, math.Inf(1), true}} {
		v := Verdict{Baseline: result.Baseline{Ratio: 1}, Now: result.Ratio{Value: 1, Low: c.low, High: c.high}}
		if v.Vague(0.15) != c.want {
			t.Errorf("%v to %v: vague %v", c.low, c.high, !c.want)
		}
	}
}

func TestBaselinesAreWrittenAndRead(t *testing.T) {
	n := &noisy{rng: rand.New(rand.NewPCG(1, 1))}
	rep, err := n.measure(context.Background(), CheckJobs(9))
	if err != nil {
		t.Fatal(err)
	}
	all, err := Baselines(rep)
	if err != nil || len(all) != len(CheckJobs(1)) {
		t.Fatal(all, err)
	}
	path := filepath.Join(t.TempDir(), "base.json")
	if err := WriteBaselines(path, all); err != nil {
		t.Fatal(err)
	}
	again, err := ReadBaselines(path)
	if err != nil || !slices.Equal(all, again) {
		t.Errorf("%v, %v", again, err)
	}
	for _, b := range again {
		if b.Ratio < 0.4 || b.Ratio > 0.6 {
			t.Errorf("%s: ratio %.3f, not about 0.5", b.Run, b.Ratio)
		}
	}
	if err := os.WriteFile(path, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadBaselines(path); err == nil {
		t.Error("{} is taken for a baseline")
	}
}
