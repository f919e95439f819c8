package trust

import (
	"bytes"
	"context"
	"errors"
	"math"
	"strings"
	"testing"
	"time"
)

// TestLies makes the one experiment that needs no server, and sees it fail where the server lies and must not.
func TestLies(t *testing.T) {
	var out bytes.Buffer
	wrong, err := Run(t.Context(), &Lab{}, Named([]string{"lies"}), &out)
	if err != nil || wrong != 0 || !strings.Contains(out.String(), "as expected") {
		t.Errorf("%v, %d wrong: %s", err, wrong, &out)
	}
	errs, requests, err := lying(t.Context(), 500, func(reply, _ string) string { return reply })
	if err != nil || len(errs) != 0 || requests == 0 {
		t.Errorf("a server that says the truth: %v, %v of %d", err, errs, requests)
	}
}

// TestRun: each experiment's outcome is said, and those that saw something else are counted.
func TestRun(t *testing.T) {
	outcome := func(f Finding, err error) func(context.Context, *Lab) (Finding, error) {
		return func(context.Context, *Lab) (Finding, error) { return f, err }
	}
	experiments := []Experiment{{"good", "a", outcome(Finding{OK: true}, nil)}, {"bad", "b", outcome(Finding{}, nil)},
		{"broken", "c", outcome(Finding{}, errors.New("no server"))}, {"left out", "d", outcome(Finding{Skipped: "no program"}, nil)}}
	var out bytes.Buffer
	wrong, err := Run(t.Context(), &Lab{}, experiments, &out)
	said := out.String()
	if err != nil || wrong != 2 || strings.Count(said, "NOT AS EXPECTED") != 2 || strings.Count(said, "as expected") != 1 || !strings.Contains(said, "no server") || !strings.Contains(said, "SKIPPED: no program") {
		t.Errorf("%v, %d wrong: %s", err, wrong, said)
	}
}

// TestWaits: the time that a share of the requests exceeds, against a count of requests due a microsecond apart.
func TestWaits(t *testing.T) {
	stood := []time.Duration{200 * time.Millisecond, 100 * time.Millisecond}
	const span = 2 * time.Second
	for _, share := range []float64{0.01, 0.05, 0.12} {
		x := waits(stood, span, share)
		longer := 0
		for _, s := range stood {
			for at := time.Duration(0); at < s; at += time.Microsecond {
				if s-at > x {
					longer++
				}
			}
		}
		if got := float64(longer) / float64(span/time.Microsecond); math.Abs(got-share) > 0.001 {
			t.Errorf("%.3f of the requests wait for longer than %s, want %.3f", got, x, share)
		}
	}
	if got := waits(stood, span, 0.5); got > time.Millisecond {
		t.Errorf("half of the requests wait for %s, but the server stands for 15%% of the time", got)
	}
}

func TestAgree(t *testing.T) {
	same := func(rate, micros, busy float64) use {
		return use{[]float64{rate, rate, rate}, []float64{micros, micros, micros}, []float64{busy, busy, busy}}
	}
	uneven := same(100, 1, 0.5)
	uneven.rates = []float64{60, 90, 140}
	quiet, slow := same(100, 1, 0.5), same(70, 1, 0.5)
	for _, c := range []struct {
		name                  string
		ours, batches, theirs use
		batched, ok           bool
		says                  string
	}{
		{"the same", quiet, slow, same(103, 1.02, 0.6), true, true, "its rate is 1.03"},
		{"the same arrangement", quiet, slow, same(71, 1.02, 0.6), true, true, "they are 1.01 and 1.02"},
		{"another arrangement", quiet, slow, same(71, 1.02, 0.6), false, false, "no reason was found"},
		{"a full core", quiet, quiet, same(70, 1.3, 0.97), false, true, "had no time left"},
		{"noise", quiet, quiet, uneven, true, true, "not quiet"},
		{"no reason", quiet, quiet, slow, true, false, "no reason was found"},
	} {
		if said, ok := agree(c.ours, c.batches, c.theirs, c.batched); ok != c.ok || !strings.Contains(said, c.says) {
			t.Errorf("%s: %t, %s", c.name, ok, said)
		}
	}
}
