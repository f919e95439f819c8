package load

import (
	"context"
	"errors"
	"time"

	"github.com/cachegopher/cachegopher/bench/workload"
)

// caller is one load-generating goroutine.
type caller struct {
	cs       *callers
	i        int // which of all callers it is
	sequence *workload.Sequence
	pace     pace
	failed   int  // calls in a row
	turn     int  // calls so far
	read     bool // the request in flight reads
	lost     bool // it failed without an answer
	bad      bool // its answer was wrong

	value, dst []byte
	keys       []string
	values     [][]byte
	missed     []uint64

	given       *workload.Given // of the request in flight, if a trace is replayed
	buffer      workload.Given  // what given points to
	missedGiven []workload.Given

	// Measured since the last call of hand.
	counts  counts
	flow    flow
	samples [64]sample
	n       int
	handed  int64
}

type sample struct {
	ns   int64
	late int64 // 0: not measured
	read bool
}

// failuresInARow is the number of consecutive failures after which a goroutine gives up on the target.
const failuresInARow = 200

func (c *caller) run(ctx context.Context) {
	p := &c.cs.phase
	now := c.cs.s.clock()
	for !c.cs.s.stop.Load() {
		at := now
		var late int64
		if c.pace.open {
			if c.pace.trace != nil && !c.pace.follow() {
				break
			}
			if at = c.pace.next; at >= p.end || now >= p.end+p.drain {
				break
			}
			if at > now {
				time.Sleep(time.Duration(at - now))
				if now = c.cs.s.clock(); now-at > 0 && at >= p.start {
					late = now - at
				}
			}
			c.pace.advance()
		} else if now >= p.end {
			break
		}
		if at >= p.start && c.cs.left.Add(-1) < 0 {
			break
		}
		if at >= p.start {
			c.flow.due++
			if now < p.end {
				c.flow.sent++
			}
		}
		if n := c.cs.s.plan.Sample; n > 1 {
			if c.turn++; c.turn%n != 0 {
				if !c.one(ctx, at) {
					c.pace.next = p.end
					break
				}
				if at >= p.start && !c.lost {
					c.counts.requests++
				}
				continue
			}
			at = c.cs.s.clock()
		}
		ok := c.one(ctx, at)
		if now = c.cs.s.clock(); !ok {
			c.pace.next = p.end // nothing more is due
			break
		}
		c.note(at, now, late)
	}
	c.hand(now)
	if !c.cs.s.stop.Load() {
		c.giveUp()
	}
}

// giveUp counts requests that were due and never made.
func (c *caller) giveUp() {
	n, from := c.pace.rest(&c.cs.phase)
	if n = min(n, c.cs.left.Load()); n <= 0 {
		return
	}
	c.cs.mu.Lock()
	defer c.cs.mu.Unlock()
	c.cs.flow.add(&flow{due: n, unsent: n})
	c.cs.rec.neverSent(from, c.cs.phase.end, c.cs.s.clock(), n)
}

// note records a request that ended.
func (c *caller) note(at, now, late int64) {
	p := &c.cs.phase
	if at >= p.start {
		if !c.lost {
			c.counts.requests++
			c.flow.answered(now < p.end, !c.bad && now-at <= int64(c.cs.s.plan.Within))
		}
		c.samples[c.n] = sample{now - at, late, c.read}
		c.n++
	} else if now >= p.start && now < p.end && !c.lost {
		c.flow.early++
	}
	if c.n == len(c.samples) || now-c.handed > int64(10*time.Millisecond) {
		c.hand(now)
	}
}

// hand passes measurements to the recorder.
func (c *caller) hand(now int64) {
	cs := c.cs
	cs.mu.Lock()
	defer cs.mu.Unlock()
	cs.rec.turn(now) // first, so that no measured request is counted in the warm-up
	for i := range c.samples[:c.n] {
		x := &c.samples[i]
		cs.rec.latency(x.ns, x.read)
		if x.late > 0 {
			cs.rec.late.RecordValue(x.late) //nolint:errcheck // it is within bounds
			if x.late > lateAfter {
				cs.rec.missed++
			}
		}
	}
	cs.rec.counts.add(&c.counts)
	cs.flow.add(&c.flow)
	if c.counts.requests > 0 {
		cs.last.Store(max(now, cs.last.Load()))
	}
	c.n, c.counts, c.flow, c.handed = 0, counts{}, flow{}, now
}

// fail notes an error; it returns false when the goroutine must end.
func (c *caller) fail(err error, what string) bool {
	if errors.Is(err, errors.ErrUnsupported) {
		c.give(errors.New(c.cs.s.target.URL + " cannot do " + what))
		return false
	}
	f := faultCall
	if errors.Is(err, context.DeadlineExceeded) {
		f = faultTimeout
	}
	c.counts.errors[f]++
	c.lost = true
	c.cs.s.say("%s: %v", what, err)
	if c.failed++; c.failed >= failuresInARow {
		c.give(ErrDied)
		return false
	}
	time.Sleep(time.Millisecond) // a target that fails at once must not be hammered
	return true
}

func (c *caller) give(err error) {
	c.cs.mu.Lock()
	defer c.cs.mu.Unlock()
	if c.cs.first == nil {
		c.cs.first = err
	}
	c.cs.s.stop.Store(true)
}
