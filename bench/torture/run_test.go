//go:build linux

package main

import (
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	hdr "github.com/HdrHistogram/hdrhistogram-go"

	"github.com/cachegopher/cachegopher/bench/result"
)

// TestQuickRunDividesTheAttacks: the quick run attacks one build with each attack, a full run both.
func TestQuickRunDividesTheAttacks(t *testing.T) {
	all := catalogue(lengths{1, 1, time.Second, "../.."})
	names := map[string]bool{}
	for i := range all {
		a := &all[i]
		if name := a.family + ": " + a.name; names[name] {
			t.Errorf("there are two attacks %q", name)
		} else {
			names[name] = true
		}
		plain, raced := engine{quick: true, halves: true, seed: 12345}, engine{quick: true, halves: true, seed: 12345, raced: true}
		if p, r := plain.does(i, a), raced.does(i, a); p && r || a.quick > 0 && !p && !r {
			t.Errorf("%s: %v, %v", a.name, p, r)
		}
		plain, raced = engine{}, engine{raced: true}
		if p, r := plain.does(i, a), raced.does(i, a); !p || r == a.plainOnly {
			t.Errorf("%s, in full: %v, %v", a.name, p, r)
		}
		if p, r := plain.faults(a), raced.faults(a); p == 0 || r == 0 || r > p {
			t.Errorf("%s, in full: %d and %d faults", a.name, p, r)
		}
	}
}

// TestBriefRun does the attacks that it names, each once, and no others.
func TestBriefRun(t *testing.T) {
	all := catalogue(lengths{repository: "../.."})
	done := 0
	for i := range all {
		a := &all[i]
		plain, raced := engine{quick: true, brief: brief()}, engine{quick: true, brief: brief(), raced: true}
		p, r := plain.does(i, a), raced.does(i, a)
		if (p || r) && a.quick == 0 || p && r || r && a.plainOnly {
			t.Errorf("%s: %v, %v, with %d faults", a.name, p, r, a.quick)
		}
		if p || r {
			done++
		}
	}
	if done != len(brief()) {
		t.Errorf("%d attacks of %d", done, len(brief()))
	}
}

// TestSoakHasTime checks that a soak may take its planned time.
func TestSoakHasTime(t *testing.T) {
	const seconds = 7200
	for _, a := range soakAttacks(seconds) {
		ctx, cancel := a.bound(t.Context())
		if end, ok := ctx.Deadline(); !ok || time.Until(end) < seconds*time.Second+attackLimit/2 {
			t.Errorf("%s ends after %v", a.name, time.Until(end))
		}
		cancel()
	}
}

// TestSteady detects growing latency, but not random variation.
func TestSteady(t *testing.T) {
	for grows, want := range map[float64]bool{0: true, 1: false} {
		r := rand.New(rand.NewPCG(8, 9))
		var rounds []*hdr.Histogram
		for i := range 10 {
			h := result.NewHistogram()
			for range 5000 {
				h.RecordValue(int64(1e6 * (1 + grows*float64(i)/10) * (1 + r.ExpFloat64()))) //nolint:errcheck // within bounds
			}
			rounds = append(rounds, h)
		}
		if err := new(field).steady(rounds); (err == nil) != want {
			t.Errorf("twice as long at the end: %v: %v", grows > 0, err)
		}
	}
}

// TestFit recovers the slope of a line with noise.
func TestFit(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var xs, ys []float64
	for i := range 200 {
		xs, ys = append(xs, float64(i)/100), append(ys, 7+3*float64(i)/100+r.NormFloat64())
	}
	if slope, spread := fit(xs, ys); math.Abs(slope-3) > 3*spread || spread > 0.2 {
		t.Errorf("slope %v, give or take %v", slope, spread)
	}
}

// TestFlat detects growing memory, but not memory that varies with the sizes of values.
func TestFlat(t *testing.T) {
	for grows, want := range map[float64]bool{0: true, 60: false} {
		var all []sample
		for i := range 600 {
			at := float64(i) / 3600
			all = append(all, sample{at: at, resident: 100 + 30*math.Sin(float64(i)*2*math.Pi/50) + grows*at, goroutines: 10})
		}
		if err := new(field).flat(all, 50./3600); (err == nil) != want {
			t.Errorf("%v MB an hour: %v", grows, err)
		}
	}
}

// TestDistance tells shifted times from others.
func TestDistance(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	sampled := func(shift float64) (all []float64) {
		for range 300 {
			all = append(all, r.NormFloat64()+shift)
		}
		return all
	}
	if d, allowed := distance(sampled(0), sampled(0)); d > allowed {
		t.Errorf("the same distribution: %v, allowed %v", d, allowed)
	}
	if d, allowed := distance(sampled(0), sampled(0.5)); d <= allowed {
		t.Errorf("shifted by half: %v, allowed %v", d, allowed)
	}
}

// TestDocument replaces what is between the marks, and nothing else.
func TestDocument(t *testing.T) {
	path := filepath.Join(t.TempDir(), "d.md")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("before\n" + tableBegin + "old\n" + tableEnd + "after\n")
	all := []*outcome{
		{Family: "clients", Name: "one", Done: 12345, During: seen{Requests: 1, P99: 5e6}},
		{Family: "clients", Name: "two", Raced: true, Failures: []string{"a | b\nsecond line"}},
	}
	if err := writeDocument(path, "abc", "It rained.", time.Now(), all); err != nil {
		t.Fatal(err)
	}
	got, _ := os.ReadFile(path)
	text := string(got)
	for _, want := range []string{"before\n", "after\n", "12,345", "5.00 ms", "### clients race", `FAILED; a \| b |`, "It rained.", "1 failed, 0 skipped", "commit abc"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in %s", want, text)
		}
	}
	if strings.Contains(text, "old") || strings.Contains(text, "second line") {
		t.Errorf("too much is in %s", text)
	}
	write("no place")
	if err := writeDocument(path, "abc", "", time.Now(), all); err == nil {
		t.Error("written without a place for it")
	}
}
