package load

import (
	"time"

	"github.com/cachegopher/cachegopher/bench/workload"
)

// refill keeps a closed loop's connection at its depth of requests in flight.
func (t *thread) refill(c *conn) {
	if c.dead {
		return
	}
	for c.requests < t.depth && !t.ended && !t.spent(c) {
		if t.now >= t.phase.end || t.left <= 0 {
			t.ended = true
			break
		}
		if !t.send(c, t.now) {
			t.ended = true
		}
	}
	if c.dirty {
		t.flush(c)
	}
}

// send draws a request and encodes it; it returns false if there are no more.
func (t *thread) send(c *conn, at int64) bool {
	f := flight{at: at, keys: 1}
	r := &t.req
	if key, ok := c.takeMissed(); ok {
		f.kind, f.key, f.tries, r.More = workload.Set, key, 1, nil
		r.Given = c.givenAt(c.tail)
	} else {
		if !t.sequence.Next(r) {
			return false
		}
		f.kind, f.key = r.Kind, r.Key
		c.give(r.Given)
	}
	f.keys = uint8(1 + len(r.More))
	var version uint32
	if !t.phase.fill {
		version = t.s.judge.begin(&f)
	}
	t.encode(c, &f, r, version)
	f.sent = t.now
	c.push(f)
	for _, k := range r.More {
		m := flight{at: at, key: k, kind: f.kind}
		t.s.judge.begin(&m)
		c.push(m)
	}
	c.requests++
	c.used++
	t.under++
	c.dirty = true
	if at >= t.phase.start {
		t.left--
	}
	return true
}

// flush writes encoded requests; the rest follows on write readiness.
func (t *thread) flush(c *conn) {
	n, blocked, err := c.flush()
	t.rec.out += int64(n)
	if err != nil {
		t.fail(c, ending(err), "sending: "+err.Error())
		return
	}
	if blocked != c.wants {
		c.wants = blocked
		if err := t.poll.watch(c.fd, c.id, !c.paused, blocked); err != nil {
			t.fail(c, faultClosed, "waiting for room: "+err.Error())
		}
	}
}

// encode appends the request r, whose flight is f, to the connection's output.
func (t *thread) encode(c *conn, f *flight, r *workload.Request, version uint32) {
	w := t.s.w
	q := &t.query
	q.Kind, q.Expiry = f.kind, 0
	if r.Given != nil {
		t.encodeGiven(c, f, r.Given, version)
		return
	}
	switch f.kind {
	case workload.Command:
		w.Command(&t.words, r.Command, f.key)
		q.Words = t.words.List
	case workload.Incr:
		t.key = w.Keys.AppendCounter(t.key[:0], f.key)
	case workload.MGet:
		t.key = w.Keys.Append(t.key[:0], f.key)
		q.Keys = append(q.Keys[:0], t.key)
		t.more = t.more[:0]
		for _, k := range r.More {
			from := len(t.more)
			t.more = w.Keys.Append(t.more, k)
			q.Keys = append(q.Keys, t.more[from:])
		}
	default:
		t.key = w.Keys.Append(t.key[:0], f.key)
	}
	q.Key = t.key
	switch f.kind {
	case workload.Set:
		t.value = w.Values.Append(t.value[:0], f.key, version, w.ValueSize(f.key))
		q.Value = t.value
		q.Expiry = t.expiry
	case workload.TTL:
		q.Expiry = max(t.expiry, time.Hour)
	}
	c.out = t.s.wire.Dialect.Append(c.out, q)
}
