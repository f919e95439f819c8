package load

import (
	"github.com/cachegopher/cachegopher/bench/sut"
	"github.com/cachegopher/cachegopher/bench/workload"
)

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
			t.miss(c, f, c.head)
			return t.s.judge.expect.missed(f)
		}
		return faultReply
	case workload.Command:
		return faultNone
	case workload.MGet:
		return t.checkMany(c, f)
	case workload.Incr:
		if r.Outcome == sut.Miss && t.s.w.Trace() != nil {
			return faultNone // evicted; memcached does not begin anew
		}
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
			t.miss(c, g, c.head+i)
			if b := t.s.judge.expect.missed(g); b != faultNone {
				bad = b
			}
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

func (t *thread) miss(c *conn, f *flight, place uint32) {
	if f.at >= t.phase.start {
		t.rec.misses++
	}
	if t.s.w.Spec.ReadThrough {
		c.miss(f.key, place)
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

// explain keeps the text of the first error.
func (t *thread) explain(bad fault, c *conn, f *flight) {
	if t.s.told.Load() {
		return
	}
	key := string(t.s.w.Keys.Append(nil, f.key%t.s.w.Keys.Len()))
	if g := c.givenAt(c.head); g != nil {
		key = shown(g.Key)
	}
	switch {
	case bad == faultMissing:
		t.s.say("%s: %s of %s, which was stored and not deleted, finds nothing", bad, f.kind, key)
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
