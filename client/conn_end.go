package client

import (
	"crypto/tls"
	"errors"
	"net"
	"time"
)

// fail closes the connection and finishes its calls with err.
func (c *conn) fail(err error) {
	c.mu.Lock()
	c.failLocked(err)
	c.settle()
	c.mu.Unlock()
}

func (c *conn) failLocked(err error) {
	if c.err != nil {
		return
	}
	c.err = err
	close(c.dead)
	c.waiters.wakeAll()
	// Closing waits for goroutines that use the socket now, which may be waiting for
	// the lock.
	c.goroutines.Go(func() { hangUp(c.nc, err) })
}

// hangUp closes a socket. It sends TLS's close_notify only on a working connection: a peer
// that does not read would delay it.
func hangUp(nc net.Conn, why error) {
	if tc, ok := nc.(*tls.Conn); ok && !errors.Is(why, errRetired) {
		nc = tc.NetConn()
	}
	nc.Close()
}

// settle finishes all calls of a failed connection once no role is held. Whoever fails
// the connection or gives up a role calls it. It requires the lock.
func (c *conn) settle() {
	if c.err == nil || c.writing || c.reading {
		return
	}
	for ; c.head != c.tail; c.head++ {
		i := c.head & uint64(len(c.queue)-1)
		cl := c.queue[i]
		c.queue[i] = nil
		if !cl.state.CompareAndSwap(callWaiting, callTaken) {
			cl.release() // abandoned
			continue
		}
		cl.err = c.err
		// An incomplete request has no effect. Of several, the first may be complete.
		cl.unsent = c.sent <= cl.start || len(cl.sink) == 1 && c.sent < cl.end
		cl.inline = false
		cl.finish()
	}
	c.answered = c.asked
	c.load.Store(0)
	select { // let the goroutine end
	case c.readWake <- struct{}{}:
	default:
	}
}

// retire closes the connection as soon as nothing is in flight.
func (c *conn) retire() {
	c.mu.Lock()
	c.retired = true
	c.closeIfDrained()
	c.mu.Unlock()
}

func (c *conn) closeIfDrained() {
	if c.retired && c.head == c.tail && !c.writing && !c.waiters.any() {
		c.failLocked(errRetired)
		c.settle()
	}
}

// watch is called several times within each read timeout. It fails the connection when
// its oldest request has exceeded the timeout, closes a retired one that has drained,
// and starts a reader on an idle one so that its end is noticed.
func (c *conn) watch(now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return
	}
	c.closeIfDrained()
	for len(c.marks) > 0 && c.marks[0].asked <= c.answered {
		c.marks = append(c.marks[:0], c.marks[1:]...)
	}
	if len(c.marks) > 0 && now.Sub(c.marks[0].at) >= c.limits.readTimeout {
		c.failLocked(errReadTimeout)
		c.settle()
		return
	}
	if c.asked != c.answered {
		if len(c.marks) < marksKept {
			// Not the tick's time, which may be long past on a busy machine: the
			// youngest of these requests must get its whole timeout.
			c.marks = append(c.marks, mark{c.asked, time.Now()})
		}
		return
	}
	if !c.reading && c.err == nil {
		c.reading = true
		c.readWake <- struct{}{}
	}
}
