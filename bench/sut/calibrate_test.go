package sut

import (
	"context"
	"errors"
	"math"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/cachegopher/cachegopher/bench/workload"
)

// TestCalibrator: whatever a cache's bound means, the one that is found leads to the wanted memory, by few trials, once.
func TestCalibrator(t *testing.T) {
	for name, size := range map[string]func(bound float64) float64{
		"as much":         func(b float64) float64 { return b },
		"half of it":      func(b float64) float64 { return b / 2 },
		"thrice, and 5MB": func(b float64) float64 { return 3*b + 5e6 },
		"in steps":        func(b float64) float64 { return 1.4 * math.Ceil(b/(8<<20)) * (8 << 20) },
		"doubling":        func(b float64) float64 { return b + math.Exp2(math.Ceil(math.Log2(b/5))) },
	} {
		trials, opened := 0, 0.0
		c := &Calibrator{Measure: func(_ context.Context, u string, _ Options) (int64, error) {
			trials++
			b, err := strconv.ParseFloat(strings.TrimPrefix(u, "inproc:x?bound="), 64)
			return int64(size(b)), err
		}}
		open := c.Opener("inproc:x", func(_ context.Context, rest string, _ Options) (*Target, error) {
			q, err := url.ParseQuery(strings.TrimPrefix(rest, "?"))
			if err != nil {
				return nil, err
			}
			opened, err = strconv.ParseFloat(q.Get("bound"), 64)
			return &Target{}, err
		})
		for range 2 {
			got, err := open(t.Context(), "?memory=256MB", Options{})
			if err != nil {
				t.Fatal(name, err)
			}
			if lone := float64(got.Lone); math.Abs(lone/size(opened)-1) > 1e-6 {
				t.Errorf("%s: said to be %.0f bytes, is %.0f", name, lone, size(opened))
			}
			if got := size(opened) / (256 << 20); got < 0.97 || got > 1.03 {
				t.Errorf("%s: the bound %.0f leads to %.2f of the wanted memory", name, opened, got)
			}
		}
		if trials > 5 {
			t.Errorf("%s: %d trials", name, trials)
		}
	}
}

func TestCalibratorStaysOut(t *testing.T) {
	c := &Calibrator{Measure: func(context.Context, string, Options) (int64, error) { return 0, errors.New("measured") }}
	open := c.Opener("inproc:x", func(_ context.Context, rest string, _ Options) (*Target, error) { return &Target{URL: rest}, nil })
	for _, rest := range []string{"", "?entries=5", "?bound=7", "?memory=1MB", "?memory=16777215"} {
		if got, err := open(t.Context(), rest, Options{}); err != nil || got.URL != rest {
			t.Errorf("%q: %v, %v", rest, got, err)
		}
	}
	if _, err := open(t.Context(), "?memory=16MB", Options{}); err == nil || !strings.Contains(err.Error(), "measured") {
		t.Errorf("%v", err)
	}
	if got, err := open(t.Context(), "", Options{Memory: 1 << 20}); err != nil || got.URL != "" {
		t.Errorf("1 MB of the options: %v, %v", got, err)
	}
	c.Measure = func(context.Context, string, Options) (int64, error) { return 1 << 30, nil }
	if _, err := open(t.Context(), "?memory=16MB", Options{}); err == nil || !strings.Contains(err.Error(), "the nearest") {
		t.Errorf("a cache that always takes 1 GB is opened: %v", err)
	}
}

// TestCalibratorKeepsOptions: trials, and the cache that is opened at the end, have the options beside memory=.
func TestCalibratorKeepsOptions(t *testing.T) {
	var tried []string
	c := &Calibrator{Measure: func(_ context.Context, u string, _ Options) (int64, error) {
		tried = append(tried, u)
		return 16 << 20, nil
	}}
	open := c.Opener("inproc:x", func(_ context.Context, rest string, _ Options) (*Target, error) { return &Target{URL: rest}, nil })
	for _, policy := range []string{"LFU", "SIEVE"} {
		got, err := open(t.Context(), "?memory=16MB&policy="+policy, Options{})
		if err != nil || got.URL != "?bound=8388608&policy="+policy {
			t.Errorf("%s: %+v, %v", policy, got, err)
		}
	}
	if want := []string{"inproc:x?bound=8388608&policy=LFU", "inproc:x?bound=8388608&policy=SIEVE"}; !slices.Equal(tried, want) {
		t.Errorf("%q, want %q", tried, want)
	}
}

// TestCalibratorOfLittleWork: work that does not fill a cache is no error.
func TestCalibratorOfLittleWork(t *testing.T) {
	c := &Calibrator{Measure: func(_ context.Context, u string, _ Options) (int64, error) {
		b, err := strconv.ParseFloat(strings.TrimPrefix(u, "inproc:x?bound="), 64)
		return int64(min(b, 90e6)), err
	}}
	open := c.Opener("inproc:x", func(_ context.Context, rest string, _ Options) (*Target, error) { return &Target{URL: rest}, nil })
	for memory, lone := range map[string]int64{"50000000": 50e6, "1GB": 90e6} {
		got, err := open(t.Context(), "?memory="+memory, Options{})
		if err != nil {
			t.Fatal(memory, err)
		}
		if math.Abs(float64(got.Lone)/float64(lone)-1) > 0.03 {
			t.Errorf("%s: %d bytes, want %d", memory, got.Lone, lone)
		}
	}
}

// TestTrialOf: a trial has the work of the run, with fewer keys if the run has far more than fit.
func TestTrialOf(t *testing.T) {
	run := &Trial{Spec: workload.Spec{Keys: 10_000_000, Value: "10-90", Dist: "zipf:0.9"}, Seed: 7, Conns: 3, Depth: 2}
	for _, c := range []struct {
		memory int
		want   uint64
	}{{1 << 20, 100_000 + 4<<20/100}, {1 << 40, 10_000_000}} {
		got := trialOf(c.memory, &Options{Trial: run, Mean: 100})
		want := *run
		want.Spec.Keys = c.want
		if !reflect.DeepEqual(*got, want) {
			t.Errorf("%+v, want %+v", *got, want)
		}
	}
	if run.Spec.Keys != 10_000_000 {
		t.Error("the run's own work was changed")
	}
	got := trialOf(1<<20, &Options{Trial: &Trial{Trace: &workload.TraceOptions{Path: "x", Speed: 2}}})
	if got.Trace.Count != mostTraced || got.Trace.Speed != 0 {
		t.Errorf("%+v", got.Trace)
	}
}
