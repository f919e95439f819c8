package load

import (
	"errors"
	"fmt"

	"github.com/cachegopher/cachegopher/bench/result"
)

// Merge makes one round of the parts of several generators. plan is the whole plan, after Check; both says that there are reads
// and writes. Every count is the sum, every distribution that of all requests, and what the generators say of themselves that of
// the busiest. It does not judge which side was short: each part says that of itself.
func Merge(parts []*Part, plan *Plan, both bool) (*result.Round, error) {
	col := newCollector(int64(plan.Slice), 1, nil)
	connects := result.NewHistogram()
	sum := &result.Round{}
	for _, p := range parts {
		if err := col.merge(p); err != nil {
			return nil, err
		}
		if err := add(connects, p.Connects); err != nil {
			return nil, err
		}
		sum.Seconds = max(sum.Seconds, p.Round.Seconds)
		addRound(sum, p.Round)
	}
	r, err := col.round(sum.Seconds, both)
	if err != nil {
		return nil, err
	}
	r.Errors, r.Example, r.Flow, r.Steal = sum.Errors, sum.Example, sum.Flow, sum.Steal
	sum.Generator.Late = r.Generator.Late
	r.Generator = sum.Generator
	if connects.TotalCount() > 0 {
		made := result.Summarize(connects)
		r.Connects = &made
	}
	r.Flow.Asked, r.Flow.Within = plan.Rate, plan.Within.Seconds()
	r.Flow.Missed = r.Flow.Missed || plan.missed(r)
	return r, nil
}

// merge adds a part's counts, histograms and slices.
func (c *collector) merge(p *Part) error {
	r := p.Round
	if r == nil || len(p.Slices) > maxSlices {
		return fmt.Errorf("a part without a round, or with over %d slices", maxSlices)
	}
	c.counts.add(&counts{requests: r.Requests, hits: r.Hits, misses: r.Misses, expected: r.Expected, stale: r.Stale, in: r.In, out: r.Out})
	if err := errors.Join(add(c.reads, p.Reads), add(c.writes, p.Writes), add(c.late, p.Delays)); err != nil {
		return err
	}
	for i, from := range p.Slices {
		if len(c.slices) <= i {
			c.slices = append(c.slices, &slice{hist: result.NewPacked()})
		}
		to := c.slices[i]
		to.requests += from.Requests
		to.errors[0] += from.Errors // only their sum is shown
		h := result.NewHistogram()
		if err := add(h, from.Latency); err != nil {
			return err
		}
		to.hist.MergeFrom(h)
	}
	return nil
}

// maxSlices is more than any round has.
const maxSlices = 1 << 20

// addRound adds what is no distribution.
func addRound(sum, r *result.Round) {
	for kind, n := range r.Errors {
		if sum.Errors == nil {
			sum.Errors = map[string]int64{}
		}
		sum.Errors[kind] += n
	}
	if sum.Example == "" {
		sum.Example = r.Example
	}
	f, g := &sum.Flow, &r.Flow
	f.Due += g.Due
	f.Sent += g.Sent
	f.Unsent += g.Unsent
	f.Drained += g.Drained
	f.Early += g.Early
	f.Good += g.Good
	f.Missed = f.Missed || g.Missed
	sum.Steal = max(sum.Steal, r.Steal)
	a, b := &sum.Generator, &r.Generator
	a.CPU += b.CPU
	a.Calls += b.Calls
	a.Missed += b.Missed
	a.Busy = max(a.Busy, b.Busy)
	a.Waited = max(a.Waited, b.Waited)
	a.Blocked = max(a.Blocked, b.Blocked)
	a.Ready = max(a.Ready, b.Ready)
}
