package workload

import (
	"errors"
	"fmt"
	"time"

	"github.com/cespare/xxhash/v2"

	"github.com/cachegopher/cachegopher/bench/trace"
)

// TraceOptions say how a trace is replayed.
type TraceOptions struct {
	Path   string
	Format string // of package trace; "": found out
	Value  int    // bytes of a value where the trace does not say; 0: 100
	Skip   bool   // leave requests beyond the limit out, instead of shortening their values
	// Speed divides the trace's times; with 0 requests have no times. Times to live are divided too.
	Speed       float64
	Count       int64 // end after that many requests; 0: never
	ReadThrough bool  // a miss is followed by a set of the key; always so if the trace does not tell reads from writes
}

// Trace is a recorded series of requests. It is read anew for each round, and never held in memory as a whole.
type Trace struct {
	TraceFacts
	o       TraceOptions
	numbers *keyNumbers
}

// TraceFacts is what a look at the whole trace has shown.
type TraceFacts struct {
	Format   string         `json:"format"`
	Requests int64          `json:"requests"`
	Keys     uint64         `json:"keys"`      // estimated beyond 65,536
	MeanSize float64        `json:"mean_size"` // bytes of a key and its value, on average over all keys; estimated likewise
	Lasts    time.Duration  `json:"lasts"`     // from the first request to the last
	Changes  []trace.Change `json:"changes,omitempty"`
	kinds    [Kinds]int64
	ops      bool
}

// defaultValue is the size in bytes of values whose size is not known.
const defaultValue = 100

// OpenTrace reads the trace once, to know its size and to find its errors, and returns a workload that replays it.
func OpenTrace(o TraceOptions, seed uint64) (*Workload, error) {
	if o.Value == 0 {
		o.Value = defaultValue
	}
	t := &Trace{o: o}
	if err := t.look(); err != nil {
		return nil, err
	}
	t.numbers = newKeyNumbers(min(t.Keys+t.Keys/8, trackedKeys))
	w, err := Compile(Spec{Name: "trace", Keys: max(1, t.Keys), NoFill: true, ReadThrough: o.ReadThrough || !t.ops}, seed)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", o.Path, err)
	}
	w.trace, w.MeanSize = t, t.MeanSize
	w.Spec.KeySize, w.Spec.Value, w.Spec.Mix, w.Spec.Dist = "trace", "trace", "trace", "trace"
	return w, nil
}

// look reads the trace.
func (t *Trace) look() error {
	in, err := t.open()
	if err != nil {
		return err
	}
	defer in.close() //nolint:errcheck // only read from
	var keys footprint
	var q traced
	for in.next(&q) {
		t.Requests++
		t.kinds[q.kind]++
		t.Lasts = q.at
		keys.see(xxhash.Sum64(q.key), len(q.key)+q.size)
	}
	if err := in.r.Err(); err != nil {
		return fmt.Errorf("%s: %w", t.o.Path, err)
	}
	if t.Requests == 0 {
		return fmt.Errorf("%s: %w", t.o.Path, errors.New("the trace has no requests that can be replayed"))
	}
	f := in.r.Format()
	t.Format, t.ops, t.Changes = f.Name, f.Ops, in.all()
	t.Keys, t.MeanSize = keys.estimate()
	return nil
}

// Trace is the trace that the workload replays, nil for others.
func (w *Workload) Trace() *Trace { return w.trace }

// Options are what OpenTrace was given.
func (t *Trace) Options() TraceOptions { return t.o }

// Timed reports whether the requests have times of their own.
func (t *Trace) Timed() bool { return t.o.Speed > 0 }

// Speed divides the trace's times; 0: requests have no times.
func (t *Trace) Speed() float64 { return t.o.Speed }

// Path is the file.
func (t *Trace) Path() string { return t.o.Path }
