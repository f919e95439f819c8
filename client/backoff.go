package client

import (
	"errors"
	"math/rand/v2"
	"time"
)

const (
	// steadyAfter is how long a connection has to live for its end to be no failure.
	steadyAfter = time.Second
	// answeredFailures bounds the back-off after a connection that did not live long
	// but answered something: such a node is of use.
	answeredFailures = 2
	// downAfter is how many connections in a row have to end soon for the node to be
	// down: until then callers wait for the next one.
	downAfter = 5
)

// backoff is how long to wait before a connection is made, after n failures in a
// row: up to 10 ms after none, then 20 ms to 2 s. It is spread so that many clients
// do not come together. Every connection but a slot's first is made after it, or at
// the end of its predecessor's age.
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

// lost is called when a connection has ended by itself, after so many failures in
// a row. It returns how many there are now: a connection that ended soon after it
// was greeted is one more.
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
		// Nobody shall wait for the next one: it takes its time, and will hardly last.
		n.down = true
		n.since = time.Now()
		n.notify()
	}
	n.mu.Unlock()
	n.failed()
	return failures
}
