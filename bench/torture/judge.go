//go:build linux

package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/cachegopher/cachegopher/bench/result"
)

// outcome is the result of one attack.
type outcome struct {
	Family, Name  string
	Raced         bool
	Planned, Done int
	Took          time.Duration
	Calm, During  seen
	// What clients of another node see, which is left alone: before the attack, and meanwhile. Only if the pass line asks for one.
	BesideCalm, Beside seen
	After              seen // from the end of the attack until the node had settled
	Memory             memory
	Settled            time.Duration // until memory, goroutines and descriptors were as before
	LogLines           int
	Skipped            bool     // this machine does not allow it: nothing was done, and nothing judged
	Tries              int      // more than one: the latency line was missed and the attack done again
	Notes              []string // that the attack made
	Failures           []string // why it did not pass
}

// memory is resident memory in bytes.
type memory struct{ Before, Peak, After int64 }

// counters are the readings that must return to their old values after an attack.
type counters struct {
	resident                       int64
	entries                        int64 // bytes of resident that the store uses, within its budget
	goroutines, files, connections float64
	metrics                        map[string]float64
	log                            int
}

// latencyLimit is the most that the 99th percentile may be during an attack.
func (o *outcome) latencyLimit() time.Duration {
	return max(3*time.Duration(o.Calm.P99), 2*time.Millisecond)
}

// judge adds violations of the pass line to o.Failures.
func (o *outcome) judge(line passLine, limits int64, quick bool, err error) {
	fail := func(format string, args ...any) { o.Failures = append(o.Failures, fmt.Sprintf(format, args...)) }
	if errors.Is(err, errSkipped) {
		o.Skipped, o.Done = true, 0
		o.Notes = append(o.Notes, err.Error())
		return
	}
	if err != nil {
		fail("%v", err)
	}
	if o.Done < o.Planned {
		fail("%d of %d faults were done", o.Done, o.Planned)
	}
	for _, s := range []seen{o.Calm, o.During, o.After} {
		if s.Wrong > 0 || s.OutOfStep > 0 {
			fail("%d values wrong, %d replies out of step: %s", s.Wrong, s.OutOfStep, s.Example)
		}
		if len(s.Errors) > 0 && !line.errors {
			fail("well-behaved clients saw %s", showErrors(s.Errors))
		}
	}
	if o.During.Requests == 0 && !line.alone {
		fail("no well-behaved client was at work")
	}
	if o.missed(line, quick) {
		fail("p99 %v, allowed %v", show(o.During.P99), show(int64(o.latencyLimit())))
	}
	if !line.memory && !o.Raced && o.Memory.Peak > limits {
		fail("%d MB at the peak, allowed %d", o.Memory.Peak>>20, limits>>20)
	}
	most := line.log
	if most == 0 {
		most = 100
	}
	if most += int(20 * o.Took.Seconds()); o.LogLines > most {
		fail("%d lines were logged, allowed %d", o.LogLines, most)
	}
}

// missed reports whether latency exceeded its limit. Under the race detector, and in the quick run, which must pass on a
// shared machine, latency is shown only.
func (o *outcome) missed(line passLine, quick bool) bool {
	if line.alone || line.slow || line.errors || quick || o.Raced {
		return false
	}
	return time.Duration(o.During.P99) > o.latencyLimit()
}

// grown says which counters of the pass line have not grown enough.
func (o *outcome) grown(line passLine, before, after map[string]float64) {
	for _, name := range slices.Sorted(maps.Keys(line.counted)) {
		got, want := after[name]-before[name], float64(line.counted[name])*float64(o.Done)/100
		if got < want {
			o.Failures = append(o.Failures, fmt.Sprintf("%s has grown by %.0f, expected at least %.0f", name, got, want))
		}
	}
	if n := after[panics] - before[panics]; n > 0 {
		o.Failures = append(o.Failures, fmt.Sprintf("%.0f panics", n))
	}
}

const panics = `cachegopher_connections_closed_total{reason="panic"}`

// left describes what an attack left behind.
func left(before, now counters, raced bool) string {
	var all []string
	if now.goroutines > before.goroutines+8 {
		all = append(all, fmt.Sprintf("%.0f goroutines, before %.0f", now.goroutines, before.goroutines))
	}
	if now.files > before.files+4 {
		all = append(all, fmt.Sprintf("%.0f descriptors, before %.0f", now.files, before.files))
	}
	if now.connections > before.connections+2 {
		all = append(all, fmt.Sprintf("%.0f connections, before %.0f", now.connections, before.connections))
	}
	if was, is := before.resident-before.entries, now.resident-now.entries; !raced && is > was+settledWithin {
		all = append(all, fmt.Sprintf("%d MB beside entries, before %d", is>>20, was>>20))
	}
	return strings.Join(all, ", ")
}

func showErrors(errs map[string]int64) string {
	var all []string
	for _, k := range slices.Sorted(maps.Keys(errs)) {
		all = append(all, fmt.Sprintf("%d %s", errs[k], k))
	}
	return strings.Join(all, ", ")
}

// show abbreviates a time in nanoseconds.
func show(ns int64) string { return result.FormatTime(float64(ns)) }
