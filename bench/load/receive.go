package load

import (
	"github.com/cachegopher/cachegopher/bench/sut"
)

// receive reads a connection.
func (t *thread) receive(c *conn) {
	for more := true; more && !c.dead; {
		n, full, err := c.fill()
		if err != nil {
			t.fail(c, ending(err), err.Error())
			return
		}
		if n == 0 {
			return
		}
		more = full
		t.now = t.s.clock()
		t.rec.turn(t.now)
		c.tries = 0
		t.rec.in += int64(n)
		t.answers(c)
		if t.reader.Pause.For > 0 && !c.dead && c.pausing.read(&t.reader.Pause, t.now) {
			t.pause(c)
			return
		}
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
		c.inFrom += n
		t.settle(c, f) // which may end the connection
		if c.dead {
			return
		}
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
		t.rec.requests++
		t.flow.answered(t.now < t.phase.end, bad == faultNone && t.now-f.at <= t.within)
		t.rec.latency(t.now-f.at, f.kind.Reads())
		t.done.last = t.now
	} else if t.now >= t.phase.start && t.now < t.phase.end {
		t.flow.early++
	}
	c.head += keys
	c.requests--
	t.under--
	if bad == faultSwapped {
		t.swapped(c, keys)
	}
}

// swapped ends a connection whose replies have been out of step with its requests for longer than it is deep: one was
// dropped, or came twice, and none will fit any more.
func (t *thread) swapped(c *conn, keys uint32) {
	if c.swapAt+keys != c.head {
		c.swapped = 0
	}
	c.swapAt = c.head
	if c.swapped++; c.swapped > uint32(t.depth) {
		t.fail(c, faultSwapped, "its replies are out of step with the requests")
	}
}
