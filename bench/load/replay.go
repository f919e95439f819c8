package load

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cachegopher/cachegopher/bench/result"
	"github.com/cachegopher/cachegopher/bench/sut"
	"github.com/cachegopher/cachegopher/bench/workload"
)

// replay is run, with the requests of the trace if the workload has one.
func (s *Session) replay(ctx context.Context, p phase, progress func(Progress)) (*result.Round, error) {
	if s.w.Trace() == nil {
		return s.run(ctx, p, progress)
	}
	feed, err := s.w.Feed(s.keyRule())
	if err != nil {
		return nil, err
	}
	p.feed = feed
	r, err := s.run(ctx, p, progress)
	changes, bad := feed.Close()
	if bad != nil {
		err = errors.Join(err, fmt.Errorf("reading the trace: %w", bad))
	}
	if r != nil {
		r.Changes = changes
	}
	return r, err
}

// lagAllowed is by how much a replay at the trace's times may be longer than the trace, beside 1% of it.
const lagAllowed = 100 * time.Millisecond

// traceFlow says whether the trace's own rate was reached, if it was replayed to its end.
func (s *Session) traceFlow(r *result.Round, t *workload.Trace) {
	lasts := time.Duration(float64(t.Lasts) / t.Speed())
	if s.stop.Load() || r.Seconds >= s.plan.Duration.Seconds() {
		return
	}
	r.Flow.Asked = float64(t.Requests) / lasts.Seconds()
	r.Flow.Missed = r.Seconds > (lasts + lasts/100 + lagAllowed).Seconds()
}

// keyRule says which keys the target's protocol can name.
func (s *Session) keyRule() workload.KeyRule {
	if s.wire == nil {
		return workload.KeyRule{}
	}
	switch s.wire.Dialect.(type) {
	case sut.Memcached:
		return workload.KeyRule{Longest: 250, Plain: true}
	case sut.Line:
		return workload.KeyRule{Plain: true}
	}
	return workload.KeyRule{}
}

// tracePace sends requests when the trace says.
func tracePace(s *Session, q *workload.Sequence, p phase) pace {
	x := pace{open: true, trace: q, from: p.begin}
	if x.from == 0 {
		x.from = s.clock()
	}
	x.follow()
	return x
}

// follow sets when the trace's next request is due. At its end, where it returns false, that stays, and the next attempt
// to send finds the end.
func (p *pace) follow() bool {
	after, ok := p.trace.Due()
	if ok {
		p.next = p.from + int64(after)
	}
	return ok
}

// encodeGiven appends a request of a trace to the connection's output.
func (t *thread) encodeGiven(c *conn, f *flight, g *workload.Given, version uint32) {
	q := &t.query
	q.Key, q.Expiry = g.Key, g.Expiry
	switch f.kind {
	case workload.Incr:
		t.key = t.s.w.Keys.AppendCounter(t.key[:0], f.key)
		q.Key = t.key
	case workload.Set:
		t.value = t.s.w.Values.Append(t.value[:0], f.key, version, g.Size)
		q.Value = t.value
	}
	c.out = t.s.wire.Dialect.Append(c.out, q)
}
