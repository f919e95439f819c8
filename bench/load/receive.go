package load

import (
	"github.com/cachegopher/cachegopher/bench/sut"
)

// receive reads a connection.
func (t *thread) receive(c *conn) {
	for more := true; more && !c.dead; {
		n, full, err := c.fill()
		if err != nil {
			t.fail(c, faultClosed, err.Error())
			return
		}
		if n == 0 {
			return
		}
		more = full
		t.now = t.s.clock()
		c.last = t.now
		t.rec.in += int64(n)
		t.answers(c)
	}
}

// answers handles all complete replies in the buffer.
func (t *thread) answers(c *conn) {
	for {
		f := c.oldest()
		if f == nil {
			if c.inFrom < c.inTo {
				t.fail(c, faultProtocol, "bytes that no request asked for: "+shown(c.in[c.inFrom:c.inTo]))
			}
			return
		}
		n, err := t.s.wire.Dialect.Parse(c.in[c.inFrom:c.inTo], f.kind, int(f.keys), &t.reply)
		if err != nil {
			t.fail(c, faultProtocol, err.Error()+": "+shown(c.in[c.inFrom:c.inTo]))
			return
		}
		if n == 0 {
			return
		}
		t.settle(c, f)
		c.inFrom += n
	}
}

// settle counts a reply.
func (t *thread) settle(c *conn, f *flight) {
	keys := uint32(f.keys)
	bad := t.verify(c, f)
	if bad == faultStale && t.s.target.Eventual {
		t.rec.stale++
		bad = faultNone
	}
	if bad != faultNone {
		t.rec.errors[bad]++
		t.explain(bad, c, f)
	}
	if !t.phase.fill {
		t.s.judge.wrote(f, bad == faultNone && t.reply.Outcome != sut.Refused)
	}
	if f.at >= t.phase.start {
		t.rec.answered(t.now < t.phase.end, bad == faultNone && t.now-f.at <= int64(t.s.plan.Within))
		t.rec.latency(t.now-f.at, f.kind.Reads())
		t.done.last = t.now
	} else if t.now >= t.phase.start && t.now < t.phase.end {
		t.rec.early++
	}
	c.head += keys
	c.requests--
	t.under--
}

// fail ends a connection: each request in flight counts as an error, with the time that it has waited.
func (t *thread) fail(c *conn, why fault, text string) {
	if c.dead {
		return
	}
	t.s.say("%s: %s", why, text)
	c.dead = true
	t.alive--
	closeSocket(c.fd)
	lost := int64(0)
	for f := c.oldest(); f != nil; f = c.oldest() {
		if !t.phase.fill {
			t.s.judge.wrote(f, false)
		}
		c.head += uint32(f.keys)
		lost++
		if f.at >= t.phase.start && !t.phase.fill {
			t.rec.latency(t.now-f.at, f.kind.Reads())
			t.done.last = t.now
		}
	}
	t.under -= c.requests
	c.requests = 0
	t.rec.errors[why] += max(lost, 1)
}

// expire ends connections whose replies are overdue.
func (t *thread) expire() {
	for _, c := range t.conns {
		if !c.dead && c.requests > 0 && t.now-c.last > int64(t.s.plan.Timeout) {
			t.fail(c, faultTimeout, "no reply in "+t.s.plan.Timeout.String())
		}
	}
}
