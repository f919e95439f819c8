//go:build linux

package replication

import (
	"time"

	"github.com/cachegopher/cachegopher/bench/sut"
)

// rival is a make under test: its lone primary, its group of three, and the cost of writes to them.
type rival struct {
	*kind
	alone, group []*sut.Target
	// CPU a write in each round: at a lone primary, at one with secondaries, and at both secondaries together.
	single, primary, secondaries []time.Duration
	writes                       int64
}

// cpu compares the CPU a write of a group with that of a lone primary. All servers run at once and are loaded in turn,
// briefly, so that other work on the machine affects all of them.
func (r *run) cpu(kinds []*kind) (err error) {
	var all []*rival
	for _, k := range kinds {
		v := &rival{kind: k}
		all = append(all, v)
		for secondaries, to := range map[int]*[]*sut.Target{0: &v.alone, 2: &v.group} {
			g, e := k.group(secondaries)
			if e != nil {
				return e
			}
			defer ended(g, &err)
			if *to, err = g.StartAll(r.ctx); err != nil {
				return err
			}
		}
	}
	for range r.Rounds {
		for _, v := range all {
			if err := v.round(); err != nil {
				return err
			}
		}
	}
	var costs []float64
	for _, v := range all {
		costs = append(costs, v.cost())
	}
	last := len(all) - 1
	for i, v := range all[:last] {
		v.report("cpu: replication costs %.2f times as much as at %s", costs[i]/costs[last], all[last].name())
	}
	return nil
}

func (v *rival) round() error {
	writes, used, err := v.busy(v.alone)
	if err != nil {
		return err
	}
	v.single = append(v.single, used[0]/time.Duration(writes))
	if writes, used, err = v.busy(v.group); err != nil {
		return err
	}
	v.primary = append(v.primary, used[0]/time.Duration(writes))
	v.secondaries = append(v.secondaries, (used[1]+used[2])/time.Duration(writes))
	v.writes += writes
	return nil
}

// cost reports medians of the rounds, and returns the cost of replication a write in nanoseconds.
func (v *rival) cost() float64 {
	var extra []time.Duration
	for i := range v.single {
		extra = append(extra, v.primary[i]-v.single[i])
	}
	cost := median(extra) + median(v.secondaries)
	v.report("cpu: %d rounds of %v, %d writes/s: a write takes %v at a primary alone, %v more (%+.0f%%) at one with two secondaries, %v at both secondaries: replication %v",
		v.Rounds, v.Duration, int(float64(v.writes)/v.Duration.Seconds()/float64(v.Rounds)), median(v.single), median(extra),
		100*float64(median(extra))/float64(median(v.single)), median(v.secondaries), cost)
	return float64(cost)
}

func median(d times) time.Duration { return d.at(0.5) }

// busy loads a group's primary for a while and returns the CPU that each member used.
func (k *kind) busy(all []*sut.Target) (writes int64, cost []time.Duration, err error) {
	s, err := newSession(all[0], 100_000, valueLen, k.Rate, k.Duration)
	if err != nil {
		return 0, nil, err
	}
	for _, t := range all {
		cost = append(cost, -used(t))
	}
	r, err := s.Run(k.ctx, 0, nil)
	if err != nil {
		return 0, nil, err
	}
	time.Sleep(20 * time.Millisecond) // for the last batch to be applied
	for i, t := range all {
		cost[i] += used(t)
	}
	return max(r.Requests, 1), cost, nil
}
