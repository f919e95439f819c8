package load

import "time"

// Limits of noticing that this process stood still.
const (
	standEvery = 50 * time.Millisecond
	stoodFor   = 300 * time.Millisecond // a shorter gap may come of a busy machine
)

// standing is for how long at most this process did not run, though it should have looked at the clock: somebody stopped it
// (SIGSTOP, a debugger, a container that was paused), or the machine slept, during which the clock of the requests stands, too.
type standing struct{ longest time.Duration }

// watch looks at the clocks until quit is closed.
func (g *standing) watch(quit <-chan struct{}) {
	t := time.NewTicker(standEvery)
	defer t.Stop()
	for last, slept := time.Now(), timeAsleep(); ; {
		over := false
		select {
		case <-t.C:
		case <-quit:
			over = true
		}
		now, asleep := time.Now(), timeAsleep()
		g.see(now.Sub(last) + asleep - slept)
		if last, slept = now, asleep; over {
			return
		}
	}
}

// see notes a gap between two looks.
func (g *standing) see(gap time.Duration) {
	if gap -= standEvery; gap > stoodFor {
		g.longest = max(g.longest, gap)
	}
}
