package load

import (
	"sync/atomic"

	"github.com/cachegopher/cachegopher/bench/workload"
)

// flight is a request in flight; an MGet has one for each of its keys: the first has the
// number in keys and the others 0.
type flight struct {
	at    int64 // when it was sent, or was due
	key   uint64
	sent  int64  // when it was given to the connection; of an MGet only in its first
	bound uint32 // of a read: the oldest version that it may see; of a write: its version
	kind  workload.Kind
	keys  uint8
	tries uint8 // a set that follows a miss has 1
	sure  bool  // of what expectation.begin noted
	mark  uint16
}

// judge decides which replies are correct. All goroutines of a session share it.
type judge struct {
	w        *workload.Workload
	versions *workload.Versions // of the tracked keys
	tracked  uint64             // how many; the others have no versions
	counters []atomic.Uint32    // the highest value seen of each; nil: not tracked
	level    Verify
	fixed    bool // every value is the one that Fill stored
	expect   expectation
}

func newJudge(w *workload.Workload, level Verify) *judge {
	j := &judge{w: w, level: level}
	if w.Has(workload.Command) { // nobody knows what it does to the keys
		j.level = VerifyOff
		return j
	}
	if level == VerifyVersions {
		j.fixed = !w.Writes() && !w.Spec.NoFill
		if w.Writes() {
			j.tracked = w.Tracked()
			j.versions = workload.NewVersions(j.tracked, !w.Spec.NoFill)
		}
		if w.Has(workload.Incr) && w.Trace() == nil { // those of a trace may be evicted, and begin anew
			j.counters = make([]atomic.Uint32, w.Counters())
		}
	}
	return j
}

// begin notes the state when a request is sent, and returns the version that a set must carry.
func (j *judge) begin(f *flight) (version uint32) {
	j.expect.begin(f)
	switch f.kind {
	case workload.Get, workload.MGet:
		f.bound = workload.AnyVersion
		if f.key < j.tracked {
			f.bound = j.versions.Bound(f.key)
		}
	case workload.Set, workload.Delete:
		if f.key < j.tracked {
			f.bound = j.versions.Write(f.key)
			return f.bound
		}
	case workload.Incr:
		if j.counters != nil {
			f.bound = j.counters[f.key].Load()
		}
	}
	return 0
}

// wrote ends a set or a delete that was answered; sure is false if it may or may not have taken effect.
func (j *judge) wrote(f *flight, sure bool) {
	j.expect.wrote(f, sure)
	if f.key >= j.tracked || f.kind != workload.Set && f.kind != workload.Delete {
		return
	}
	if sure {
		j.versions.Done(f.key)
	} else {
		j.versions.Lost(f.key)
	}
}

// unanswered ends a request whose answer will never be read. Those of a fill were not begun.
func (j *judge) unanswered(f *flight, fill bool) {
	j.expect.wrote(f, false)
	switch {
	case f.key >= j.tracked || f.kind != workload.Set && f.kind != workload.Delete:
	case fill:
		j.versions.MayAppear(f.key, 0)
	default:
		j.versions.Unanswered(f.key, f.bound)
	}
}

// value checks the value that a read returned.
func (j *judge) value(f *flight, v []byte) fault {
	if j.level == VerifyOff {
		return faultNone
	}
	version, known, ok := j.w.Values.Check(f.key, v)
	switch {
	case !ok:
		return faultValue
	case !known:
		return faultNone
	case j.fixed && version != 0:
		return faultStale
	case f.key < j.tracked && !j.versions.Fresh(f.key, f.bound, version):
		return faultStale
	}
	return faultNone
}

// number checks a counter's value.
func (j *judge) number(f *flight, n int64) fault {
	if j.level == VerifyOff {
		return faultNone
	}
	if n < 1 {
		return faultValue
	}
	if j.counters == nil || n > 1<<32-1 {
		return faultNone
	}
	if uint32(n) <= f.bound {
		return faultStale
	}
	for {
		old := j.counters[f.key].Load()
		if uint32(n) <= old || j.counters[f.key].CompareAndSwap(old, uint32(n)) {
			return faultNone
		}
	}
}
