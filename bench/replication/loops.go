//go:build linux

package main

import (
	"slices"
	"time"
)

// usage is what a primary used for writes.
type usage struct {
	samples [shares]int64
	cpu     time.Duration // by the scheduler's account
	writes  int64
}

// micros is what a share used a write, in microseconds.
func (u *usage) micros(of share) float64 {
	all := int64(0)
	for _, n := range u.samples {
		all += n
	}
	return float64(u.samples[of]) / float64(max(all, 1)) * float64(u.cpu.Nanoseconds()) / 1e3 / float64(max(u.writes, 1))
}

func (u *usage) add(v usage) {
	for i, n := range v.samples {
		u.samples[i] += n
	}
	u.cpu += v.cpu
	u.writes += v.writes
}

// loops compares the CPU a write of the event loops of a primary with two secondaries with that of one with none,
// rounds in turn. Which share of the process is theirs is counted by perf; how much the process used is the
// scheduler's account.
func loops(k kind, o options) error {
	c, is := k.(cachegopher)
	if !is {
		return nil // redis-server's senders are its event loop
	}
	if err := canSample(c.binary); err != nil {
		report(k, "loops: SKIPPED: %v", err)
		return nil
	}
	var groups [2][]*process
	for i := range groups {
		all, err := group(k, 2*i)
		defer stopAll(all)
		if err != nil {
			return err
		}
		groups[i] = all
	}
	var sums [2]usage
	var ratios []float64
	for range o.rounds {
		var round [2]usage
		for i, all := range groups {
			u := &round[i]
			var err error
			u.samples, err = sampled(all[0], c.folder, o.duration, func() error {
				writes, used, err := busy(all[:1], o)
				u.writes, u.cpu = writes, used[0]
				return err
			})
			if err != nil {
				return err
			}
			sums[i].add(*u)
		}
		ratios = append(ratios, round[1].micros(shareLoops)/round[0].micros(shareLoops))
	}
	reportLoops(k, o, &sums, ratios)
	return nil
}

func reportLoops(k kind, o options, sums *[2]usage, ratios []float64) {
	slices.Sort(ratios)
	for i := range sums {
		u := &sums[i]
		report(k, "loops: with %d secondaries, %d writes/s: a write takes %.2f us at the event loops, %.2f at senders, %.2f of the scheduler's, %.2f else",
			2*i, int(float64(u.writes)/o.duration.Seconds()/float64(o.rounds)),
			u.micros(shareLoops), u.micros(shareSenders), u.micros(shareScheduler), u.micros(shareRest))
	}
	report(k, "loops: %d rounds of %v: with two secondaries %.2f times as much at the event loops (rounds: %.2f to %.2f)",
		o.rounds, o.duration, sums[1].micros(shareLoops)/sums[0].micros(shareLoops), ratios[0], ratios[len(ratios)-1])
}
