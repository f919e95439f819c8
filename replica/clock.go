package replica

import (
	"sync"
	"time"
)

// Clock measures how long the process has run. It hardly advances while the process is stopped (SIGSTOP, a frozen cgroup,
// a paused virtual machine): the process could hear no peer then, so the pause must not count as a peer's silence.
// Safe for concurrent use.
type Clock struct {
	wall func() time.Duration

	mu   sync.Mutex
	seen time.Duration // wall at the last read
	ran  time.Duration
	gaps int64
}

// Member.Run reads the clock every restEvery or more often. Two reads more than gapFrom apart have a gap between them, in
// which the process did not run: the clock advances by gapCounts only.
const (
	gapFrom   = 500 * time.Millisecond
	gapCounts = 50 * time.Millisecond
)

// NewClock returns a clock at 0. wall must be monotonic, and advance while the process is stopped.
func NewClock(wall func() time.Duration) *Clock { return &Clock{wall: wall, seen: wall()} }

// Now returns how long the process has run. It never goes back.
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

// Gaps counts how often the process was stopped, as far as calls of Now could tell.
func (c *Clock) Gaps() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.gaps
}
