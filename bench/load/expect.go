package load

import (
	"context"
	"fmt"

	"github.com/cachegopher/cachegopher/bench/result"
	"github.com/cachegopher/cachegopher/bench/sut"
	"github.com/cachegopher/cachegopher/bench/workload"
)

// Hits says whether a miss of a key that was stored, and neither deleted nor given a time to live, is an error.
type Hits int

// What may be expected.
const (
	HitsOpen     Hits = iota // no miss is an error
	HitsIfFilled             // if the target has said that it holds all that was stored
	HitsAlways
)

// expectation decides which misses are errors.
type expectation struct {
	on      bool
	deleted *workload.Presence // nil: nothing is deleted
	evicted int64              // what the target said after the fill; negative: it does not say
}

// begin notes what is known of the key when a request is sent.
func (e *expectation) begin(f *flight) {
	switch {
	case !e.on:
	case e.deleted == nil:
		f.sure = true
	case f.kind.Reads():
		f.mark, f.sure = e.deleted.Mark(f.key)
	case f.kind == workload.Set:
		f.mark, f.sure = e.deleted.Writing(f.key)
	case f.kind == workload.Delete:
		e.deleted.Deleting(f.key)
	}
}

// wrote ends a set or a delete; sure is false if it may or may not have taken effect.
func (e *expectation) wrote(f *flight, sure bool) {
	switch {
	case !e.on || e.deleted == nil:
	case f.kind == workload.Set && !sure:
		e.deleted.Lost(f.key)
	case f.kind == workload.Set && f.sure:
		e.deleted.Stored(f.key, f.mark)
	case f.kind == workload.Delete && sure: // one that is lost may still come
		e.deleted.Deleted(f.key)
	}
}

// missed judges a miss.
func (e *expectation) missed(f *flight) fault {
	if e.on && f.sure && (e.deleted == nil || e.deleted.Must(f.key, f.mark)) {
		return faultMissing
	}
	return faultNone
}

// fitted decides after the fill what is expected. It asks a target only if that matters.
func (s *Session) fitted(ctx context.Context, before sut.Holding) {
	w := s.w
	e := &s.judge.expect
	e.evicted = -1
	on := s.plan.Hits == HitsAlways && w.Trace() == nil && !w.Has(workload.Command)
	if s.plan.Hits == HitsIfFilled && !w.Spec.NoFill && w.Spec.Expiry == 0 && !s.target.Eventual && !w.Has(workload.Command) {
		after := s.holding(ctx)
		on = after.Evicted >= 0 && after.Evicted == before.Evicted && after.Entries >= int64(w.Keys.Len())
		e.evicted = after.Evicted
		if !on && after.Evicted >= 0 {
			s.note = fmt.Sprintf("%d entries after storing %d keys, %d evicted: misses are no errors", after.Entries, w.Keys.Len(), after.Evicted-before.Evicted)
		}
	}
	if e.on = on; on && w.Has(workload.Delete) {
		e.deleted = workload.NewPresence(w.Keys.Len())
	}
}

// holding asks the target what it holds, if that matters; one that cannot say has evicted -1.
func (s *Session) holding(ctx context.Context) sut.Holding {
	if s.plan.Hits == HitsIfFilled {
		if h, err := s.target.Holds(ctx); err == nil {
			return h
		}
	}
	return sut.Holding{Evicted: -1}
}

// Note is what the fill has shown, for people; empty: nothing unusual.
func (s *Session) Note() string { return s.note }

// excuse takes misses off the errors of a round if the target says that it has evicted at least as many entries since the
// fill: what does not fit in later was not to be expected.
func (s *Session) excuse(ctx context.Context, r *result.Round) {
	e := &s.judge.expect
	name := faultMissing.String()
	missing := r.Errors[name]
	if missing == 0 || e.evicted < 0 {
		return
	}
	now := s.holding(ctx)
	if now.Evicted-e.evicted < missing {
		return
	}
	delete(r.Errors, name)
	e.on = false
	s.note = fmt.Sprintf("%d entries were evicted after the fill: %d misses are no errors", now.Evicted-e.evicted, missing)
}
