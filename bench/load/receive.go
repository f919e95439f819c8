package load

import (
	"github.com/cachegopher/cachegopher/bench/sut"
	"github.com/cachegopher/cachegopher/bench/workload"
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

// answers handles all complete replies.
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
		t.explain(bad, f)
	}
	if !t.phase.fill {
		t.s.judge.wrote(f, bad == faultNone && t.reply.Outcome != sut.Refused)
	}
	if f.at >= t.phase.start {
		t.rec.requests++
		t.rec.latency(t.now-f.at, f.kind.Reads())
		t.done.last = t.now
	}
	c.head += keys
	c.requests--
	t.under--
}

// verify looks at a reply and counts hits and misses.
func (t *thread) verify(c *conn, f *flight) fault {
	r := &t.reply
	if r.Outcome == sut.Refused {
		if t.s.w.Over && f.kind == workload.Set {
			t.rec.expected++
			return faultNone
		}
		return faultRefused
	}
	switch f.kind {
	case workload.Get:
		switch r.Outcome {
		case sut.Hit:
			t.hit(f)
			return t.found(c, f, r.Value)
		case sut.Miss:
			t.miss(c, f)
			return faultNone
		}
		return faultReply
	case workload.MGet:
		return t.checkMany(c, f)
	case workload.Incr:
		if r.Outcome != sut.Number {
			return faultReply
		}
		return t.s.judge.number(f, r.Number)
	case workload.Set:
		if r.Outcome != sut.Done || t.s.w.Over {
			return faultReply
		}
		return faultNone
	}
	if r.Outcome == sut.Hit {
		return faultReply
	}
	return faultNone
}

func (t *thread) checkMany(c *conn, f *flight) (bad fault) {
	r := &t.reply
	if r.Outcome != sut.Hit {
		return faultReply
	}
	echoed := 0
	for i := range uint32(f.keys) {
		g := c.at(c.head + i)
		var v []byte
		if r.Echo == nil {
			v = r.Values[i]
		} else {
			t.key = t.s.w.Keys.Append(t.key[:0], g.key)
			if echoed < len(r.Echo) && string(r.Echo[echoed]) == string(t.key) {
				v = r.Values[echoed]
				echoed++
			}
		}
		if v == nil {
			t.miss(c, g)
			continue
		}
		t.hit(g)
		if b := t.found(c, g, v); b != faultNone {
			bad = b
		}
	}
	if r.Echo != nil && echoed < len(r.Echo) {
		return faultSwapped
	}
	return bad
}

func (t *thread) hit(f *flight) {
	if f.at >= t.phase.start {
		t.rec.hits++
	}
}

func (t *thread) miss(c *conn, f *flight) {
	if f.at >= t.phase.start {
		t.rec.misses++
	}
	if t.s.w.Spec.ReadThrough {
		c.miss(f.key)
	}
}

// found checks a value. A wrong one may belong to another request.
func (t *thread) found(c *conn, f *flight, v []byte) fault {
	bad := t.s.judge.value(f, v)
	if bad != faultValue {
		return bad
	}
	for i := c.head; i != c.tail; i++ {
		if g := c.at(i); g.key != f.key && g.kind.Reads() {
			if _, _, ok := t.s.w.Values.Check(g.key, v); ok {
				return faultSwapped
			}
		}
	}
	return faultValue
}

// explain keeps the first error in words.
func (t *thread) explain(bad fault, f *flight) {
	if t.s.told.Load() {
		return
	}
	key := string(t.s.w.Keys.Append(nil, f.key%t.s.w.Keys.Len()))
	switch {
	case bad == faultRefused:
		t.s.say("%s of %s is refused: %s", f.kind, key, shown(t.reply.Text))
	case bad == faultReply && t.s.w.Over:
		t.s.say("%s of %s is beyond the limit and was not refused", f.kind, key)
	case t.reply.Outcome == sut.Number:
		t.s.say("%s: %s of %s answers %d", bad, f.kind, key, t.reply.Number)
	default:
		t.s.say("%s: %s of %s answers %s", bad, f.kind, key, shown(t.reply.Value))
	}
}

// fail ends a connection: each request under way counts as an error, with how long it has waited.
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
			t.rec.requests++
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
