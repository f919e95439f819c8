package load

import (
	"errors"
	"syscall"
	"time"

	"github.com/cachegopher/cachegopher/bench/result"
)

// Pauses between attempts to connect again; each is twice as long as the one before.
const (
	firstPause = int64(10 * time.Millisecond)
	lastPause  = int64(time.Second)
)

// connect begins to make a connection.
func (t *thread) connect(c *conn) {
	c.retry = 0
	d := t.dialer
	d.going.Go(func() {
		began := time.Now()
		fd, err := dial(d.ctx, t.s.wire)
		d.made <- made{c, fd, int64(time.Since(began)), err}
		t.poll.wake()
	})
}

// connected takes the connections that have been made, or not.
func (t *thread) connected() {
	t.poll.woken()
	for {
		select {
		case m := <-t.dialer.made:
			t.take(m)
		default:
			return
		}
	}
}

func (t *thread) take(m made) {
	c := m.c
	if m.err == nil {
		if m.err = t.poll.add(m.fd, c.id); m.err != nil {
			closeSocket(m.fd)
		}
	}
	if m.err != nil {
		t.rec.errors[faultConnect]++
		t.failed++
		t.s.say("%s: %v", faultConnect, m.err)
		t.later(c)
		return
	}
	if t.now >= t.phase.start {
		t.done.connects.RecordValue(min(max(m.took, 1), result.Highest)) //nolint:errcheck // it is within bounds
	}
	c.fd, c.dead = m.fd, false
	t.alive++
	if !t.pace.open {
		t.refill(c)
	}
}

// spent reports whether a connection has sent all the requests that it may send.
func (t *thread) spent(c *conn) bool { return t.churn > 0 && c.used >= t.churn }

// renew makes a connection again that has sent all its requests, and whose replies have arrived.
func (t *thread) renew(c *conn) {
	if c.dead || !t.spent(c) || c.requests > 0 || t.ended {
		return
	}
	t.end(c)
	c.restart()
	t.connect(c)
}

// later sets when to connect again.
func (t *thread) later(c *conn) {
	c.retry = t.now + min(firstPause<<min(c.tries, 10), lastPause)
	c.tries++
}

// reconnect makes connections again that have ended, once their pauses are over.
func (t *thread) reconnect() {
	for _, c := range t.conns {
		if c.dead && c.retry > 0 && t.now >= c.retry && !t.ended {
			t.connect(c)
		}
	}
}

// hopeless reports whether no connection is left and the run must end for it.
func (t *thread) hopeless() bool {
	if t.alive > 0 {
		t.deadAt = 0
		return false
	}
	if t.deadAt == 0 {
		t.deadAt = t.now
	}
	return t.failed > t.s.plan.MaxErrors || t.now-t.deadAt > int64(t.s.plan.Timeout)
}

// end closes a connection.
func (t *thread) end(c *conn) {
	c.dead = true
	t.alive--
	closeSocket(c.fd)
}

// fail ends a connection, to be made again: each request in flight counts as an error, with the time that it has waited.
func (t *thread) fail(c *conn, why fault, text string) {
	if c.dead {
		return
	}
	t.s.say("%s: %s", why, text)
	t.end(c)
	lost := int64(0)
	for f := c.oldest(); f != nil; f = c.oldest() {
		t.s.judge.unanswered(f, t.phase.fill)
		c.head += uint32(f.keys)
		lost++
		if f.at >= t.phase.start && !t.phase.fill {
			t.rec.latency(t.now-f.at, f.kind.Reads())
			t.done.last = t.now
		}
	}
	t.under -= c.requests
	t.rec.errors[why] += max(lost, 1)
	t.failed += max(lost, 1)
	c.restart()
	t.later(c)
}

// expire ends connections on which a reply is overdue. Replies come in the order of the requests, so the oldest is the one.
func (t *thread) expire() {
	for _, c := range t.conns {
		if f := c.oldest(); f != nil && !c.dead && t.now-f.sent > int64(t.s.plan.Timeout) {
			t.fail(c, faultTimeout, "no reply in "+t.s.plan.Timeout.String())
		}
	}
}

// ending is the fault of a connection that ended with err.
func ending(err error) fault {
	if errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) {
		return faultReset
	}
	return faultClosed
}
