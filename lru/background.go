package lru

import "time"

// background does work for which no request should wait, until Close. It works in rounds, and exceeds sweepDuty of
// the time only while there is memory to give back or many entries have expired. While no entry has an expiry, rounds
// are rare: each costs an idle process a dozen system calls.
func (c *Cache) background() {
	timer := time.NewTimer(backgroundGap)
	defer timer.Stop()
	for {
		select {
		case <-c.stop:
			return
		case <-c.look:
			c.reconsider()
			continue
		case <-c.wake:
		case <-timer.C:
		}
		gap := backgroundGap
		if c.step(backgroundGap * sweepDuty / 100) {
			gap = backgroundGap / 10
		} else if c.Stats().Expiring == 0 {
			gap = restGap
		}
		timer.Reset(gap)
	}
}

// nudge asks for a round of background work now.
func (c *Cache) nudge() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}
