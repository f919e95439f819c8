package client

import "runtime"

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
