package client

import (
	"context"
	"runtime"
	"slices"
	"time"
)

// flushRounds is how many buffers a caller sends for others before it leaves
// the rest to a goroutine and looks after its own reply.
const flushRounds = 4

// flush sends what is queued. The caller holds the writer role and gives it up.
func (c *conn) flush(gather bool) {
	if gather {
		// Others are about to ask, too: those whose replies came together
		// with ours. Letting them run first makes one write of all.
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

// flushLater leaves the writer role, with b from n on, to a goroutine. The lock
// is held, and the connection has not failed: nobody may be waiting yet for its
// goroutines to end.
func (c *conn) flushLater(b []byte, n int) {
	c.goroutines.Go(func() { c.flushBlocking(b, n) })
}

// flushBlocking sends b from n on, and then whatever is queued, waiting for the
// socket as long as it takes: watch cuts the connection if that is too long.
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

// take hands the queued bytes to the writer. The lock is held.
func (c *conn) take() []byte {
	b := c.out
	c.out, c.spare = c.spare[:0], nil
	c.taken = len(b)
	c.handed.Store(c.end)
	return b
}

// wrote counts bytes that the system took. The lock is held.
func (c *conn) wrote(n int) {
	c.sent += uint64(n)
	c.taken -= n
	if c.waiters.any() {
		c.admit()
	}
}

// giveBack ends the use of a buffer from take. The lock is held.
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

// leaveWriter gives up the writer role. The lock is held.
func (c *conn) leaveWriter() {
	c.writing = false
	if c.retired {
		c.closeIfDrained()
	}
	c.settle()
}

// hasRoom reports whether n more requests may be queued. A batch of more than
// the limit is let in when nothing else is in flight. The lock is held.
func (c *conn) hasRoom(n int) bool {
	return !c.waiters.any() && c.fits(n)
}

// fits looks at bytes before they are added: the last one in may exceed the
// limit by its own size.
func (c *conn) fits(n int) bool {
	inFlight := int(c.asked-c.answered) + c.waiters.promised
	if inFlight > 0 && inFlight+n > c.limits.inFlight {
		return false
	}
	return len(c.out)+c.taken+c.waiters.promisedBytes < c.limits.queueBytes
}

// waitRoom waits until the requests may be queued, in the order of arrival. It is
// called and returns with the lock held.
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
		c.admit() // what was promised to us, or held up behind us, is free
	}
	return err
}

// admit lets in as many waiters as there is room for. The lock is held.
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

// waiterList is kept under the connection's lock.
type waiterList struct {
	list []*waiter // the longest waiting first
	// What admitted waiters have not queued yet.
	promised, promisedBytes int
}

func (l *waiterList) any() bool { return len(l.list) > 0 || l.promised > 0 }

// wakeAll lets every waiter see that the connection failed.
func (l *waiterList) wakeAll() {
	for _, w := range l.list {
		close(w.ready)
	}
	l.list = nil
}
