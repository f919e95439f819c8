//go:build linux

package main

import (
	"slices"
	"time"
)

// rival is a make's primary alone, its group of three, and what writes to them cost.
type rival struct {
	kind
	alone, group []*process
	// A write's CPU by round: at a primary alone, at one with secondaries, and at both secondaries.
	single, primary, secondaries []time.Duration
	writes                       int64
}

// cpu compares the CPU a write of a group with that of a primary alone. All run at once and are loaded in
// turn, for a short while each, so that what the machine does besides falls on all of them.
func cpu(kinds []kind, o options) error {
	var all []*rival
	defer func() {
		for _, r := range all {
			stopAll(append(r.alone, r.group...))
		}
	}()
	for _, k := range kinds {
		r := &rival{kind: k}
		all = append(all, r)
		var err error
		if r.alone, err = group(k, 0); err != nil {
			return err
		}
		if r.group, err = group(k, 2); err != nil {
			return err
		}
	}
	for range o.rounds {
		for _, r := range all {
			if err := r.round(o); err != nil {
				return err
			}
		}
	}
	var costs []float64
	for _, r := range all {
		costs = append(costs, r.report(o))
	}
	last := len(all) - 1
	for i, r := range all[:last] {
		report(r, "cpu: replication costs %.2f times what it costs %s", costs[i]/costs[last], all[last].name())
	}
	return nil
}

func (r *rival) round(o options) error {
	writes, used, err := busy(r.alone, o)
	if err != nil {
		return err
	}
	r.single = append(r.single, used[0]/time.Duration(writes))
	if writes, used, err = busy(r.group, o); err != nil {
		return err
	}
	r.primary = append(r.primary, used[0]/time.Duration(writes))
	r.secondaries = append(r.secondaries, (used[1]+used[2])/time.Duration(writes))
	r.writes += writes
	return nil
}

// report prints medians of the rounds, and returns what replication costs a write in nanoseconds.
func (r *rival) report(o options) float64 {
	var extra []time.Duration
	for i := range r.single {
		extra = append(extra, r.primary[i]-r.single[i])
	}
	cost := median(extra) + median(r.secondaries)
	report(r, "cpu: %d rounds of %v, %d writes/s: a write takes %v at a primary alone, %v more (%+.0f%%) at one with two secondaries, %v at both secondaries: replication %v",
		o.rounds, o.duration, int(float64(r.writes)/o.duration.Seconds()/float64(o.rounds)), median(r.single), median(extra),
		100*float64(median(extra))/float64(median(r.single)), median(r.secondaries), cost)
	return float64(cost)
}

func median(d []time.Duration) time.Duration {
	s := slices.Sorted(slices.Values(d))
	return s[len(s)/2]
}

// busy loads a group for a while and returns the CPU that each process used.
func busy(all []*process, o options) (writes int64, used []time.Duration, err error) {
	stop := make(chan struct{})
	time.AfterFunc(o.duration, func() { close(stop) })
	for _, p := range all {
		used = append(used, -p.cpu())
	}
	writes, err = load(all[0].port, o.rate, 100_000, stop)
	time.Sleep(20 * time.Millisecond) // for the last batch to be applied
	for i, p := range all {
		used[i] += p.cpu()
	}
	return max(writes, 1), used, err
}
