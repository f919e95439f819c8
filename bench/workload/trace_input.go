package workload

import (
	"maps"
	"slices"
	"time"

	"github.com/cachegopher/cachegopher/bench/trace"
)

// traced is a request of a trace as it is replayed.
type traced struct {
	kind   Kind
	key    []byte // valid until the next request is read
	size   int
	expiry time.Duration
	at     time.Duration // since the first, by the trace's clock
}

// traceInput reads a trace and fits its requests to what can be replayed. It counts what it changes.
type traceInput struct {
	o       *TraceOptions
	r       *trace.Reader
	q       trace.Request
	n       int64
	changes [changes]int64
	through bool
}

// change is something that is done to requests so that they can be replayed.
type change uint8

const (
	shortened change = iota
	tooLarge
	longKey
	noSize
	noTouch
	counters
	changes
)

var changeNames = [changes]string{
	shortened: "values beyond the limit of 65,536 bytes for key and value shortened",
	tooLarge:  "requests beyond the limit of 65,536 bytes for key and value left out",
	longKey:   "requests for keys of 65,536 bytes or more left out",
	noSize:    "values of unknown size given a size",
	noTouch:   "touches without a time to live left out",
	counters:  "incr of counters that have keys of their own",
}

func (t *Trace) open() (*traceInput, error) {
	r, err := trace.Open(t.o.Path, t.o.Format)
	if err != nil {
		return nil, err
	}
	return &traceInput{o: &t.o, r: r, through: t.o.ReadThrough || !r.Format().Ops}, nil
}

func (in *traceInput) close() error { return in.r.Close() }

var kindOf = [...]Kind{trace.Get: Get, trace.Set: Set, trace.Delete: Delete, trace.Incr: Incr, trace.Touch: TTL}

// next reads the next request that can be replayed; it returns false at the end and after an error.
func (in *traceInput) next(q *traced) bool {
	for (in.o.Count == 0 || in.n < in.o.Count) && in.r.Next(&in.q) {
		if in.fit(q) {
			in.n++
			return true
		}
	}
	return false
}

// fit translates the request that was read; it returns false if it is left out.
func (in *traceInput) fit(q *traced) bool {
	from := &in.q
	*q = traced{kind: kindOf[from.Op], key: from.Key, expiry: from.TTL, at: from.Time}
	if len(q.key) >= Limit {
		in.changes[longKey]++
		return false
	}
	switch {
	case q.kind == TTL && q.expiry == 0:
		in.changes[noTouch]++
		return false
	case q.kind == Incr:
		in.changes[counters]++
		return true
	case q.kind == Delete || q.kind == TTL || q.kind == Get && !in.through:
		return true // nothing is stored
	}
	size := from.Size
	if size < 0 || q.kind == Get && size == 0 { // a get that missed says 0
		in.changes[noSize]++
		size = int64(in.o.Value)
	}
	if room := int64(Limit - len(q.key)); size > room {
		if in.o.Skip {
			in.changes[tooLarge]++
			return false
		}
		in.changes[shortened]++
		size = room
	}
	q.size = int(size)
	return true
}

// all is what was changed up to here, by the reader and for the replay.
func (in *traceInput) all() []trace.Change {
	sum := map[string]int64{}
	for _, c := range in.r.Changes() {
		sum[c.What] += c.Count
	}
	for i, n := range in.changes {
		if n > 0 {
			sum[changeNames[i]] += n
		}
	}
	return sorted(sum)
}

// sorted lists changes, the most frequent first.
func sorted(sum map[string]int64) (all []trace.Change) {
	for _, what := range slices.Sorted(maps.Keys(sum)) {
		all = append(all, trace.Change{What: what, Count: sum[what]})
	}
	slices.SortStableFunc(all, func(a, b trace.Change) int { return int(min(1, max(-1, b.Count-a.Count))) })
	return all
}
