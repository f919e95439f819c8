package agent

import (
	"time"
)

// clocks are a process's clocks: one that never jumps, and the wall clock.
type clocks struct {
	base time.Time
	skew time.Duration // by which both are wrong, for tests
}

func (c *clocks) now() moment {
	t := time.Now()
	return moment{Mono: int64(t.Sub(c.base) + c.skew), Wall: t.UnixNano() + int64(c.skew)}
}

// at is when the monotonic clock shows mono.
func (c *clocks) at(mono int64) time.Time { return c.base.Add(time.Duration(mono) - c.skew) }

// offset is how far another process's clocks are ahead of this one's.
type offset struct {
	mono, wall time.Duration
	unknown    time.Duration // by which both may be wrong: half the round trip
}

// trips are how often a clock is asked. The answer of the shortest round trip counts, as the least can have gone wrong with it.
const trips = 9

// sample is one round trip.
type sample struct {
	sent, received moment // by the own clocks
	answer         moment
}

// offsetOf computes the other's offset. The answer was given between the two own moments: halfway, give or take the half.
func offsetOf(all []sample) (best offset) {
	for i, s := range all {
		trip := s.received.Mono - s.sent.Mono
		o := offset{unknown: time.Duration(trip+1) / 2, mono: time.Duration(s.answer.Mono - s.sent.Mono - trip/2), wall: time.Duration(s.answer.Wall - s.sent.Wall - trip/2)}
		if i == 0 || o.unknown < best.unknown {
			best = o
		}
	}
	return best
}
