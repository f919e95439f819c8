package client

import (
	"errors"
	"math/rand/v2"
	"time"
)

const (
	// steadyAfter is the age from which a connection's end does not count as a failure.
	steadyAfter = time.Second
	// answeredFailures caps the failure count, and so the back-off, after a short
	// connection that answered something: such a node is useful.
	answeredFailures = 2
	// downAfter is how many short connections in a row make the node down. Until then
	// callers wait for the next connection.
	downAfter = 5
)

// backoff returns how long to wait before the next dial after n failures in a row: up to
// 10 ms after none, then 20 ms to 2 s, with jitter so that clients do not dial in step.
// It precedes every dial of a slot except the first and those that replace a connection
// of full age.
func backoff(n int) time.Duration {
	if n == 0 {
		return rand.N(10 * time.Millisecond)
	}
	d := 20 * time.Millisecond << min(n, 7)
	return d/2 + rand.N(min(d, 2*time.Second)/2+1)
}

func (n *node) sleep(d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-n.stop.Done():
	}
}

// lost handles a connection that ended by itself. failures is the number of failures in
// a row before it; lost returns the new number. A connection that ended soon after its
// greeting counts as a failure.
func (n *node) lost(c *conn, failures int) int {
	n.drop(c)
	c.mu.Lock()
	err, answered := c.err, c.received.Load() > 0
	c.mu.Unlock()
	if errors.Is(err, errRetired) || errors.Is(err, ErrClosed) {
		return 0
	}
	switch {
	case time.Since(c.born) >= steadyAfter:
		failures = 0
	case answered:
		failures = min(failures+1, answeredFailures)
	default:
		failures++
	}
	n.stats.errors.Add(1)
	n.mu.Lock()
	n.lastErr = err
	if failures >= downAfter && n.live.Load() == 0 && !n.down {
		// Callers must not wait for the next connection: it comes late and rarely lasts.
		n.down = true
		n.since = time.Now()
		n.notify()
	}
	n.mu.Unlock()
	n.failed()
	return failures
}
