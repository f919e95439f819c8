package client

import (
	"context"
	"runtime"
	"slices"
	"time"
)

// flushRounds is how many buffers a caller sends before it leaves the rest to a goroutine
// and waits for its own reply.
const flushRounds = 4

// flush sends the queued requests. The caller holds the writer role; flush gives it up.
func (c *conn) flush(gather bool) {
	if gather {
		// Callers whose replies arrived together with ours are about to send
		// again. Let them run first: one write then sends all requests.
		runtime.Gosched()
	}
	c.mu.Lock()
	for range flushRounds {
		if len(c.out) == 0 || c.err != nil {
			break
		}
		b := c.take()
		c.mu.Unlock()
		n, err := c.tryWrite(b)
		c.mu.Lock()
		c.wrote(n)
		if err != nil {
			c.failLocked(err)
			break
		}
		if n < len(b) && c.err == nil {
			c.flushLater(b, n)
			c.mu.Unlock()
			return
		}
		c.giveBack(b)
	}
	if len(c.out) > 0 && c.err == nil {
		c.flushLater(nil, 0)
		c.mu.Unlock()
		return
	}
	c.leaveWriter()
	c.mu.Unlock()
}

// flushLater passes the writer role, with b[n:], to a goroutine. It requires the lock and
// a working connection: nothing may be waiting yet for its goroutines to end.
func (c *conn) flushLater(b []byte, n int) {
	c.goroutines.Go(func() { c.flushBlocking(b, n) })
}

// flushBlocking sends b[n:] and then all queued requests. It blocks while the socket is
// full; watch bounds that by the read timeout.
func (c *conn) flushBlocking(b []byte, n int) {
	for {
		if n < len(b) {
			k, err := c.nc.Write(b[n:])
			c.mu.Lock()
			c.wrote(k)
			if err != nil {
				c.failLocked(err)
			}
		} else {
			c.mu.Lock()
		}
		if b != nil {
			c.giveBack(b)
		}
		if c.err != nil || len(c.out) == 0 {
			c.leaveWriter()
			c.mu.Unlock()
			return
		}
		b, n = c.take(), 0
		c.mu.Unlock()
	}
}

// take passes the queued bytes to the writer. It requires the lock.
func (c *conn) take() []byte {
	b := c.out
	c.out, c.spare = c.spare[:0], nil
	c.taken = len(b)
	c.handed.Store(c.end)
	return b
}

// wrote counts bytes that the system accepted. It requires the lock.
func (c *conn) wrote(n int) {
	c.sent += uint64(n)
	c.taken -= n
	if c.waiters.any() {
		c.admit()
	}
}

// giveBack returns a buffer from take. It requires the lock.
func (c *conn) giveBack(b []byte) {
	c.taken = 0
	if cap(b) <= keepBuffer {
		c.spare = b
	}
}

// failWriter fails the connection and gives up the writer role.
func (c *conn) failWriter(err error) {
	c.mu.Lock()
	c.failLocked(err)
	c.leaveWriter()
	c.mu.Unlock()
}

// leaveWriter gives up the writer role. It requires the lock.
func (c *conn) leaveWriter() {
	c.writing = false
	if c.retired {
		c.closeIfDrained()
	}
	c.settle()
}

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
