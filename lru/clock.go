package lru

import (
	"sync/atomic"
	"time"
)

// SystemClock returns milliseconds since the epoch and never goes back. It runs on the monotonic clock and approaches the
// wall clock by at most one part in a hundred. So a step of the wall clock by hours neither revives expired entries nor
// expires live ones, while ordinary drift is followed.
// The zero value is not ready; use NewSystemClock. Safe for concurrent use.
type SystemClock struct {
	start  time.Time    // carries the monotonic reading
	wall   int64        // nanoseconds since the epoch at start
	offset atomic.Int64 // nanoseconds added to start+elapsed
	last   atomic.Int64 // elapsed nanoseconds at the last adjustment
	latest atomic.Int64 // the greatest time returned, in milliseconds
}

const (
	adjustEvery = int64(time.Second)
	slewPercent = 1
)

// NewSystemClock returns a clock that starts at the wall clock's time.
func NewSystemClock() *SystemClock {
	now := time.Now()
	return &SystemClock{start: now, wall: now.UnixNano()}
}

// Now returns milliseconds since the epoch.
func (c *SystemClock) Now() int64 { return c.at(int64(time.Since(c.start)), wallClock) }

func wallClock() int64 { return time.Now().UnixNano() }

// at is the time elapsed nanoseconds after the start. It reads the wall clock about once a second.
func (c *SystemClock) at(elapsed int64, wall func() int64) int64 {
	if last := c.last.Load(); elapsed-last >= adjustEvery && c.last.CompareAndSwap(last, elapsed) {
		c.adjust(wall(), elapsed, elapsed-last)
	}
	now := (c.wall + elapsed + c.offset.Load()) / int64(time.Millisecond)
	for {
		latest := c.latest.Load()
		if now <= latest {
			return latest // an adjustment backwards is waited out
		}
		if c.latest.CompareAndSwap(latest, now) {
			return now
		}
	}
}

// adjust moves the offset towards the wall clock, by at most slewPercent of the
// time passed since the last adjustment.
func (c *SystemClock) adjust(wall, elapsed, passed int64) {
	drift := wall - (c.wall + elapsed + c.offset.Load())
	limit := passed / 100 * slewPercent
	c.offset.Add(min(max(drift, -limit), limit))
}
