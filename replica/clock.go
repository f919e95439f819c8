package replica

import (
	"context"
	"sync"
	"time"
)

// Clock is the time that a process has run. It hardly moves while the process is stopped (SIGSTOP, a frozen cgroup, a
// paused virtual machine): whoever was silent meanwhile could not have been heard, and must not be blamed for it.
// Safe for concurrent use.
type Clock struct {
	wall func() time.Duration

	mu   sync.Mutex
	seen time.Duration // wall at the last look
	ran  time.Duration
	gaps int64
}

// While Run pulses, two looks at the clock are pulseEvery apart. Those that are more than gapFrom apart have a gap
// between them, in which the process did not run; it counts as gapCounts.
const (
	pulseEvery = 50 * time.Millisecond
	gapFrom    = 500 * time.Millisecond
	gapCounts  = pulseEvery
)

// NewClock returns a clock at 0. wall is a monotonic time that goes on while the process is stopped.
func NewClock(wall func() time.Duration) *Clock { return &Clock{wall: wall, seen: wall()} }

// Now is how long the process has run. It never goes back.
func (c *Clock) Now() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	wall := c.wall()
	passed := wall - c.seen
	if passed <= 0 {
		return c.ran
	}
	if passed > gapFrom {
		c.gaps++
		passed = gapCounts
	}
	c.seen, c.ran = wall, c.ran+passed
	return c.ran
}

// Gaps is how often the process has been stopped, as far as Now has seen.
func (c *Clock) Gaps() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.gaps
}

// Run looks at the clock often enough for it to tell a process that is idle from one that is stopped, until ctx is
// done. Without it every pause between two calls of Now counts as a gap.
func (c *Clock) Run(ctx context.Context) {
	pulse := time.NewTicker(pulseEvery)
	defer pulse.Stop()
	for {
		select {
		case <-pulse.C:
			c.Now()
		case <-ctx.Done():
			return
		}
	}
}
