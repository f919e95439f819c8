package client

import (
	"context"
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
	// downAfter is the number of short connections in a row after which the node counts as
	// down. Until then callers wait for the next connection.
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

// lost handles a connection that failed. failures is the number of failures in
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

// keep maintains the connection of slot i until the node is stopped.
func (n *node) keep(i int) {
	var current *conn
	failures := 0  // in a row, for the back-off
	short := false // the last connection was short-lived
	for n.stop.Err() == nil {
		role := n.role.told()
		c, err := n.dialer.open(n.stop, i == 0 && n.opts.onTopology != nil)
		if err != nil {
			n.dialFailed(err)
			short = false
			n.stats.dials.Add(1) // after its outcome is visible
			n.queried.Store(n.queried.Load() || i == 0)
			failures++
			if current == nil {
				n.sleep(backoff(failures))
				continue
			}
			c = current // old, but working: try again later
		} else {
			n.dialed(i, c, role, !short)
			n.stats.dials.Add(1)
			n.queried.Store(n.queried.Load() || i == 0)
		}
		if current != nil && current != c {
			current.retire()
		}
		current = c
		age := n.opts.maxAge
		select {
		case <-c.dead:
			current = nil
			failures = n.lost(c, failures)
			short = failures > 0
			n.sleep(backoff(failures))
		case <-time.After(age - rand.N(age/4+1)):
			failures = 0
		case <-n.stop.Done():
		}
	}
	if current == nil {
		return
	}
	n.drop(current)
	if err := n.ended(); err == ErrClosed {
		current.fail(err)
	} else {
		current.retire()
	}
}

// ended returns why the node was stopped.
func (n *node) ended() error {
	if context.Cause(n.stop) == ErrClosed {
		return ErrClosed
	}
	return errRetired
}

func (n *node) dialFailed(err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.stop.Err() != nil {
		return
	}
	n.lastErr = err
	if n.live.Load() == 0 && !n.down {
		n.down = true
		n.since = time.Now()
	}
	n.notify()
	n.failed()
}

// notify wakes the callers that wait for a connection. It requires the lock.
func (n *node) notify() {
	close(n.changed)
	n.changed = make(chan struct{})
}

// dialed puts a connection into its slot. role is what was known of the node's role before. excuse says that the greeting counts as
// a sign of health, which it does not after a short-lived connection.
func (n *node) dialed(i int, c *conn, role toldRole, excuse bool) {
	n.opts.own.doubt(n) // it may be another process than before
	n.mu.Lock()
	n.all = append(n.all, c)
	back := n.live.Load() == 0
	if n.down {
		n.down = false
		n.since = time.Now()
	}
	if c.handshaken.role != "" {
		n.role.greeted(c.handshaken.role, role)
	}
	if n.slots[i].Swap(c) == nil {
		n.live.Add(1)
	}
	n.notify()
	n.mu.Unlock()
	if c.handshaken.topology != nil {
		n.opts.onTopology(c.handshaken.topology)
	}
	if c.handshaken.role == "master" && n.opts.onPrimary != nil {
		n.opts.onPrimary(n)
	}
	if back && excuse {
		n.cameBack()
	}
}
