package workload

import (
	"math/rand/v2"
	"time"
)

// Request is one thing to ask for. The key of an Incr is a counter's number.
type Request struct {
	Kind Kind
	Key  uint64
	More []uint64 // the other keys of an MGet; valid until the sequence's next request

	Command int // which one, of a Command

	Given *Given // of a trace's request, nil for others; valid likewise
}

// Sequence draws the requests of one thread or connection. It belongs to one goroutine.
type Sequence struct {
	w    *Workload
	rng  rand.PCG
	pick chooser
	more []uint64
	// A fill takes every key once.
	fill     bool
	at, step uint64

	feed  *Feed // of a trace
	ahead bool  // next has been taken from feed
	next  Request
	given Given
	due   time.Duration // of next
}

// Sequence returns number i of n sequences of the workload. Sequences with the same arguments draw the same
// requests, except that those of the distribution latest follow each other's writes.
func (w *Workload) Sequence(i, n int, round uint64) *Sequence {
	return &Sequence{w: w, rng: *rand.NewPCG(w.seed+round<<32, uint64(i)+1), pick: w.choosers(i, n),
		more: make([]uint64, max(0, w.Spec.MGet-1)), at: uint64(i), step: uint64(n)}
}

// Fill returns number i of n sequences that together set every key once.
func (w *Workload) Fill(i, n int) *Sequence {
	s := w.Sequence(i, n, 0)
	s.fill = true
	return s
}

// Sequence returns a sequence that takes the feed's next request each time.
func (f *Feed) Sequence(w *Workload) *Sequence { return &Sequence{w: w, feed: f} }

// Due is how long after the trace's first request the next one is due; ok is false at the end of the trace.
func (s *Sequence) Due() (after time.Duration, ok bool) {
	if !s.ahead {
		s.due, s.ahead = s.feed.take(&s.next, &s.given)
		if s.next.Kind == Incr {
			s.next.Key %= s.w.Counters()
		}
		if speed := s.feed.t.o.Speed; speed > 0 {
			s.due = time.Duration(float64(s.due) / speed)
			s.given.Expiry = time.Duration(float64(s.given.Expiry) / speed)
		}
	}
	return s.due, s.ahead
}

// Next draws the next request; it returns false at the end of a fill or a trace.
func (s *Sequence) Next(r *Request) bool {
	switch {
	case s.fill:
		if s.at >= s.w.Keys.Len() {
			return false
		}
		r.Kind, r.Key, r.More, r.Given = Set, s.at, nil, nil
		s.at += s.step
		return true
	case s.feed != nil:
		if _, ok := s.Due(); !ok {
			return false
		}
		s.ahead = false
		*r = s.next
		return true
	}
	r.Given = nil
	r.Kind = s.w.mix.next(&s.rng)
	r.Key = s.pick.next(&s.rng, !r.Kind.Reads())
	r.More = nil
	switch r.Kind {
	case MGet:
		for i := range s.more {
			s.more[i] = s.pick.next(&s.rng, false)
		}
		r.More = s.more
	case Incr:
		r.Key %= s.w.Counters()
	case Command:
		r.Command = s.w.draw(&s.rng)
	}
	return true
}
