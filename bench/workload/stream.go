package workload

import "math/rand/v2"

// Request is one thing to ask for. The key of an Incr is a counter's number.
type Request struct {
	Kind Kind
	Key  uint64
	More []uint64 // the other keys of an MGet; valid until the stream's next request
}

// Stream draws requests. It belongs to one goroutine.
type Stream struct {
	w    *Workload
	rng  rand.PCG
	pick chooser
	more []uint64
	// A fill takes every key once, a trace every request once.
	fill     bool
	at, step uint64
}

// Stream returns one of several streams of the workload; streams with the same arguments draw the same
// requests, except that streams of the distribution latest follow each other's writes.
func (w *Workload) Stream(stream, streams int, round uint64) *Stream {
	return &Stream{w: w, rng: *rand.NewPCG(w.seed+round<<32, uint64(stream)+1), pick: w.choosers(stream, streams),
		more: make([]uint64, max(0, w.Spec.MGet-1)), at: uint64(stream), step: uint64(streams)}
}

// Fill returns one of several streams that together set every key once.
func (w *Workload) Fill(stream, streams int) *Stream {
	s := w.Stream(stream, streams, 0)
	s.fill = true
	return s
}

// Next draws the next request; it returns false at the end of a fill or a trace.
func (s *Stream) Next(r *Request) bool {
	switch {
	case s.fill:
		if s.at >= s.w.Keys.Len() {
			return false
		}
		r.Kind, r.Key, r.More = Set, s.at, nil
		s.at += s.step
		return true
	case s.w.trace != nil:
		return s.nextOfTrace(r)
	}
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
	}
	return true
}

// Rand is the stream's source of random numbers, for what else is drawn while it is used.
func (s *Stream) Rand() *rand.PCG { return &s.rng }
