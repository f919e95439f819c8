package client

import (
	"context"
	"slices"
	"time"
)

// hasRoom reports whether n more requests may be queued. It admits a batch that exceeds
// the limit when nothing else is in flight. It requires the lock.
func (c *conn) hasRoom(n int) bool {
	return !c.waiters.any() && c.fits(n)
}

// fits reports whether n requests fit. It does not count their own bytes, so the last
// call admitted may exceed the limit by its size. It requires the lock.
func (c *conn) fits(n int) bool {
	inFlight := int(c.asked-c.answered) + c.waiters.promised
	if inFlight > 0 && inFlight+n > c.limits.inFlight {
		return false
	}
	return len(c.out)+c.taken+c.waiters.promisedBytes < c.limits.queueBytes
}

// waitRoom waits until the requests may be queued; waiters are admitted in order of
// arrival. It requires the lock, which it releases while it waits.
func (c *conn) waitRoom(ctx context.Context, reqs []request) error {
	if c.limits.failFull {
		return ErrBusy
	}
	w := &waiter{n: len(reqs), ready: make(chan struct{})}
	for i := range reqs {
		w.bytes += reqs[i].size()
	}
	c.waiters.list = append(c.waiters.list, w)
	c.mu.Unlock()
	start := time.Now()
	var err error
	select {
	case <-w.ready:
	case <-ctx.Done():
		err = waitError{ctx.Err(), time.Since(start)}
	}
	c.mu.Lock()
	if w.admitted {
		c.waiters.promised -= w.n
		c.waiters.promisedBytes -= w.bytes
	} else {
		c.waiters.list = slices.DeleteFunc(c.waiters.list, func(o *waiter) bool { return o == w })
	}
	if err != nil {
		c.admit() // our place is free for others
	}
	return err
}

// admit admits as many waiters as there is room for. It requires the lock.
func (c *conn) admit() {
	for len(c.waiters.list) > 0 && c.fits(c.waiters.list[0].n) {
		w := c.waiters.list[0]
		c.waiters.list = slices.Delete(c.waiters.list, 0, 1)
		c.waiters.promised += w.n
		c.waiters.promisedBytes += w.bytes
		w.admitted = true
		close(w.ready)
	}
}

// waiter is a caller that waits for room for n requests.
type waiter struct {
	n, bytes int
	ready    chan struct{} // closed when admitted, or when the connection failed
	admitted bool
}

// waiterList is guarded by the connection's lock.
type waiterList struct {
	list []*waiter // the longest waiting first
	// Requests and bytes of admitted waiters that are not queued yet.
	promised, promisedBytes int
}

func (l *waiterList) any() bool { return len(l.list) > 0 || l.promised > 0 }

// wakeAll wakes all waiters, since the connection has failed.
func (l *waiterList) wakeAll() {
	for _, w := range l.list {
		close(w.ready)
	}
	l.list = nil
}
