package replica

import (
	"testing"
	"time"
)

// TestClock checks that a clock hardly advances while nothing reads it.
func TestClock(t *testing.T) {
	wall := time.Hour
	c := NewClock(func() time.Duration { return wall })
	for range 20 {
		wall += restEvery
		c.Now()
	}
	if now := c.Now(); now != 20*restEvery || c.Gaps() != 0 {
		t.Errorf("after a second it is %v, with %d gaps", now, c.Gaps())
	}
	wall += time.Minute
	if now := c.Now(); now != 20*restEvery+gapCounts || c.Gaps() != 1 {
		t.Errorf("after a stop it is %v, with %d gaps", now, c.Gaps())
	}
	wall -= time.Second
	if now := c.Now(); now != 20*restEvery+gapCounts {
		t.Errorf("it goes to %v when the wall's goes back", now)
	}
}
