//go:build linux

package replication

import (
	"slices"
	"time"

	"github.com/cachegopher/cachegopher/bench/sut"
)

// usage is a primary's CPU use for writes.
type usage struct {
	samples [shares]int64
	cpu     time.Duration // by the kernel's accounting
	writes  int64
}

// micros is the CPU a write of a share, in microseconds.
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

// loops compares the CPU a write of the event loops of a primary with two secondaries with that of one without, in
// alternating rounds. perf samples the share of the event loops; the process's total comes from the kernel's
// accounting.
func (k *kind) loops() (err error) {
	if !k.ours() {
		return nil // redis-server's senders are its event loop
	}
	if err := canSample(k.binary); err != nil {
		k.report("loops: SKIPPED: %v", err)
		return nil
	}
	var primaries [2]*sut.Target
	for i := range primaries {
		g, e := k.group(2 * i)
		if e != nil {
			return e
		}
		defer ended(g, &err)
		all, e := g.StartAll(k.ctx)
		if e != nil {
			return e
		}
		primaries[i] = all[0]
	}
	var sums [2]usage
	var ratios []float64
	for range k.Rounds {
		var round [2]usage
		for i, p := range primaries {
			u := &round[i]
			var err error
			u.samples, err = sampled(p.PID, k.Duration, func() error {
				writes, used, err := k.busy([]*sut.Target{p})
				if err == nil {
					u.writes, u.cpu = writes, used[0]
				}
				return err
			})
			if err != nil {
				return err
			}
			sums[i].add(*u)
		}
		ratios = append(ratios, round[1].micros(shareLoops)/round[0].micros(shareLoops))
	}
	k.reportLoops(&sums, ratios)
	return nil
}

func (k *kind) reportLoops(sums *[2]usage, ratios []float64) {
	slices.Sort(ratios)
	for i := range sums {
		u := &sums[i]
		k.report("loops: with %d secondaries, %d writes/s: a write takes %.2f us at the event loops, %.2f at senders, %.2f of the scheduler's, %.2f else",
			2*i, int(float64(u.writes)/k.Duration.Seconds()/float64(k.Rounds)),
			u.micros(shareLoops), u.micros(shareSenders), u.micros(shareScheduler), u.micros(shareRest))
	}
	k.report("loops: %d rounds of %v: with two secondaries %.2f times as much at the event loops (rounds: %.2f to %.2f)",
		k.Rounds, k.Duration, sums[1].micros(shareLoops)/sums[0].micros(shareLoops), ratios[0], ratios[len(ratios)-1])
}
