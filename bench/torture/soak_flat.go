//go:build linux

package main

import (
	"errors"
	"fmt"

	hdr "github.com/HdrHistogram/hdrhistogram-go"
)

// flat fits a line through the averages of whole rounds of sizes, after the first third of the time. round is in hours.
func (f *field) flat(all []sample, round float64) error {
	var xs, mb, gs []float64
	start := all[len(all)-1].at / 3
	var sum sample
	n := 0
	for _, s := range all {
		if s.at < start {
			continue
		}
		sum.at, sum.resident, sum.goroutines, n = sum.at+s.at, sum.resident+s.resident, sum.goroutines+s.goroutines, n+1
		if s.at >= start+round {
			xs, mb, gs = append(xs, sum.at/float64(n)), append(mb, sum.resident/float64(n)), append(gs, sum.goroutines/float64(n))
			start, sum, n = s.at, sample{}, 0
		}
	}
	if len(xs) < 4 {
		f.notes.add("too short to fit a slope")
		return nil
	}
	slope, spread := fit(xs, mb)
	more, _ := fit(xs, gs)
	f.notes.add("resident memory %.0f MB on average, slope %+.1f MB an hour give or take %.1f, goroutines %+.1f an hour", mean(mb), slope, spread, more)
	if slope-2*spread > 1 {
		return fmt.Errorf("resident memory grows by %.1f MB an hour, give or take %.1f", slope, spread)
	}
	if more*(xs[len(xs)-1]-xs[0]) > 4 {
		return errors.New("the number of goroutines grows")
	}
	return nil
}

// mostGrowth is by how much of its average the 99.9th percentile may grow from the first round judged to the last.
const mostGrowth = 0.25

// steady fits a line through the 99.9th percentiles of rounds after the first third.
func (f *field) steady(rounds []*hdr.Histogram) error {
	var xs, ms []float64
	for i, h := range rounds {
		if i >= len(rounds)/3 && h.TotalCount() > 1000 {
			xs, ms = append(xs, float64(i)), append(ms, float64(h.ValueAtPercentile(99.9))/1e6)
		}
	}
	if len(xs) < 4 {
		f.notes.add("too short to judge latency")
		return nil
	}
	slope, spread := fit(xs, ms)
	span := xs[len(xs)-1] - xs[0]
	f.notes.add("p99.9 %.2f ms on average, %+.2f ms give or take %.2f from the first round judged to the last", mean(ms), slope*span, spread*span)
	if (slope-2*spread)*span > mostGrowth*mean(ms) {
		return fmt.Errorf("the 99.9th percentile grows by %.2f ms from %.2f", slope*span, ms[0])
	}
	return nil
}
