//go:build linux

package main

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestJudge breaks each rule of the pass line by itself.
func TestJudge(t *testing.T) {
	good := func() *outcome {
		return &outcome{Planned: 10, Done: 10, Took: time.Second, Calm: seen{Requests: 100, P99: 1e6}, During: seen{Requests: 100, P99: 2e6}, Memory: memory{1 << 20, 2 << 20, 1 << 20}}
	}
	for name, c := range map[string]struct {
		change func(*outcome)
		line   passLine
		quick  bool
		want   string // nothing: it passes
	}{
		"good":                  {func(*outcome) {}, passLine{}, false, ""},
		"fewer faults":          {func(o *outcome) { o.Done = 9 }, passLine{}, false, "9 of 10 faults"},
		"a wrong value":         {func(o *outcome) { o.During.Wrong = 1 }, passLine{errors: true}, true, "1 values wrong"},
		"wrong afterwards":      {func(o *outcome) { o.After.OutOfStep = 1 }, passLine{errors: true}, true, "1 replies out of step"},
		"errors":                {func(o *outcome) { o.During.Errors = map[string]int64{"closed": 2} }, passLine{}, false, "saw 2 closed"},
		"errors that may be":    {func(o *outcome) { o.During.Errors = map[string]int64{"closed": 2} }, passLine{errors: true}, false, ""},
		"late":                  {func(o *outcome) { o.During.P99 = 4e6 }, passLine{}, false, "p99 4.00 ms, allowed 3.00 ms"},
		"late, as all are":      {func(o *outcome) { o.During.P99, o.Beside.P99 = 4e6, 4e6 }, passLine{beside: true}, false, "p99 4.00 ms, allowed 3.00 ms"},
		"late in the quick run": {func(o *outcome) { o.During.P99 = 4e6 }, passLine{}, true, ""},
		"late under race":       {func(o *outcome) { o.During.P99, o.Raced = 4e6, true }, passLine{}, false, ""},
		"memory":                {func(o *outcome) { o.Memory.Peak = 201 << 20 }, passLine{}, true, "201 MB at the peak, allowed 200"},
		"a full log":            {func(o *outcome) { o.LogLines = 121 }, passLine{}, true, "121 lines were logged"},
		"nobody at work":        {func(o *outcome) { o.During.Requests = 0 }, passLine{}, true, "no well-behaved client"},
		"an attack by itself":   {func(o *outcome) { o.During.Requests = 0 }, passLine{alone: true}, true, ""},
	} {
		o := good()
		c.change(o)
		o.judge(c.line, 200<<20, c.quick, nil)
		if got := strings.Join(o.Failures, "; "); (c.want == "") != (got == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestLeft(t *testing.T) {
	before := counters{resident: 10 << 20, goroutines: 10, files: 10, connections: 9}
	for want, now := range map[string]counters{
		"":                                 {resident: 29 << 20, goroutines: 12, files: 11, connections: 9},
		"31 MB beside entries, before 10":  {resident: 31 << 20, goroutines: 10, files: 10, connections: 9},
		"31 MB beside entries, before 10 ": {resident: 71 << 20, entries: 40 << 20, goroutines: 10, files: 10, connections: 9},
		"30 goroutines, before 10":         {resident: 1, goroutines: 30, files: 10, connections: 9},
		"30 descriptors, before 10":        {resident: 1, goroutines: 10, files: 30, connections: 9},
		"30 connections, before 9":         {resident: 1, goroutines: 10, files: 10, connections: 30},
	} {
		if got := left(before, now, false); got != strings.TrimSpace(want) {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestCountersThatMustGrow(t *testing.T) {
	line := passLine{counted: map[string]uint64{"refused": 50}}
	for n, want := range map[float64]int{9: 1, 10: 0} {
		o := &outcome{Done: 20}
		o.grown(line, map[string]float64{"refused": 5}, map[string]float64{"refused": 5 + n})
		if len(o.Failures) != want {
			t.Errorf("grown by %v of 10: %v", n, o.Failures)
		}
	}
	o := &outcome{}
	if o.grown(passLine{}, nil, map[string]float64{panics: 1}); len(o.Failures) != 1 {
		t.Error("a panic passes")
	}
}

// TestSkipped counts nothing as done of an attack that the machine does not allow, and does not fail.
func TestSkipped(t *testing.T) {
	o := outcome{Planned: 10, Done: 10}
	o.judge(passLine{}, 1<<30, false, fmt.Errorf("%w: no room", errSkipped))
	if o.verdict() != "SKIPPED" || o.Done != 0 || len(o.Failures) > 0 {
		t.Errorf("%s, %d done, %v", o.verdict(), o.Done, o.Failures)
	}
	if !strings.Contains(o.cell(), "no room") {
		t.Errorf("the table does not say why: %s", o.cell())
	}
}

// TestOnlyDeadline tells the fuzzer's own deadline from an input that fails.
func TestOnlyDeadline(t *testing.T) {
	deadline := "fuzz: elapsed: 10s, execs: 105174\n--- FAIL: FuzzState (10.08s)\n    context deadline exceeded\nFAIL\n"
	for out, want := range map[string]bool{
		deadline: true,
		deadline + "    Failing input written to testdata/fuzz/FuzzState/1\n":     false,
		"--- FAIL: FuzzState (0.00s)\n    x_test.go:1: context deadline exceeded": false,
	} {
		if onlyDeadline(out) != want {
			t.Errorf("%v for %q", !want, out)
		}
	}
}
