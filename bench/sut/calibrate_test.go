package sut

import (
	"context"
	"errors"
	"math"
	"net/url"
	"strconv"
	"strings"
	"testing"
)

// TestCalibrator: whatever a cache's bound means, the one that is found leads to the wanted memory, by few trials, once.
func TestCalibrator(t *testing.T) {
	for name, size := range map[string]func(bound float64) float64{
		"as much":         func(b float64) float64 { return b },
		"half of it":      func(b float64) float64 { return b / 2 },
		"thrice, and 5MB": func(b float64) float64 { return 3*b + 5e6 },
		"in steps":        func(b float64) float64 { return 1.4 * math.Ceil(b/(1<<20)) * (1 << 20) },
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
			if _, err := open(t.Context(), "?memory=32MB", Options{}); err != nil {
				t.Fatal(name, err)
			}
			if got := size(opened) / calibrateAt; got < 0.97 || got > 1.03 {
				t.Errorf("%s: the bound %.0f leads to %.2f of the wanted memory", name, opened, got)
			}
		}
		if trials > 4 {
			t.Errorf("%s: %d trials", name, trials)
		}
	}
}

func TestCalibratorStaysOut(t *testing.T) {
	c := &Calibrator{Measure: func(context.Context, string, Options) (int64, error) { return 0, errors.New("measured") }}
	open := c.Opener("inproc:x", func(_ context.Context, rest string, _ Options) (*Target, error) { return &Target{URL: rest}, nil })
	for _, rest := range []string{"", "?entries=5", "?bound=7"} {
		if got, err := open(t.Context(), rest, Options{}); err != nil || got.URL != rest {
			t.Errorf("%q: %v, %v", rest, got, err)
		}
	}
	if _, err := open(t.Context(), "?memory=1MB", Options{}); err == nil || !strings.Contains(err.Error(), "measured") {
		t.Errorf("%v", err)
	}
	c.Measure = func(context.Context, string, Options) (int64, error) { return 1 << 30, nil }
	if _, err := open(t.Context(), "?memory=1MB", Options{}); err == nil || !strings.Contains(err.Error(), "the nearest") {
		t.Errorf("a cache that always takes 1 GB is opened: %v", err)
	}
}
