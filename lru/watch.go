package lru

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/cachegopher/cachegopher/lru/shadow"
)

// watch shows requests for a sample of the keys to simulations of the cache, which predict what other budgets would
// bring. Its lock is taken after a shard's.
type watch struct {
	threshold atomic.Uint64 // of the sample; 0: nobody is to call see
	_         [cacheLine - 8]byte

	mu     sync.Mutex
	curve  *shadow.Curve
	closed bool
	seen   int       // requests since begun
	begun  time.Time // of the present slice of time
	faded  time.Time // when the curve last did
	unit   bool      // entries count, not their bytes
	most   int       // watchMost, except in tests
}

// A sample of many requests becomes one of fewer keys. If it has few keys already, the rest of the slice is not watched.
const (
	watchSlice = 100 * time.Millisecond
	watchMost  = 600 // requests a slice: half a hundredth of a processor, a hundredth under LFU
	watchKeys  = 500
)

// newWatch returns the watch that o asks for, or nil. REQUIRES: o has its defaults.
func (o *Options) newWatch() *watch {
	if !o.Watch {
		return nil
	}
	w := &watch{unit: o.MaxMemory == 0, begun: time.Now(), faded: time.Now(), most: watchMost}
	w.curve = shadow.NewCurve(watchedSize(o.MaxEntries, o.MaxMemory), ruleOf(o.Policy))
	w.open()
	return w
}

// watchedSize is the size of the simulated cache: bytes, or entries if only these are bounded.
func watchedSize(maxEntries, maxMemory int64) int64 {
	if maxMemory == 0 {
		return maxEntries
	}
	return maxMemory - maxMemory/directoryShare
}

// ruleOf is the simulated policy that is closest to p.
func ruleOf(p Policy) shadow.Rule {
	for _, r := range shadow.Rules() {
		if r.Kind.String() == p.String() {
			return shadow.Rule{Kind: r.Kind, Window: shadow.First().Window}
		}
	}
	return shadow.Rule{Kind: shadow.LRU}
}

// open lets requests come. REQUIRES: mu, or that nobody knows w.
func (w *watch) open() { w.threshold.Store(w.curve.Bank().Threshold()) }

// wants reports whether requests of keys of this hash are to be shown. w may be nil.
func (w *watch) wants(h uint64) bool { return w != nil && shadow.Sampled(h, w.threshold.Load()) }

// get shows a read of an entry of size bytes; 0: there was none. REQUIRES: wants.
func (w *watch) get(h uint64, size int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.curve.Bank().Get(h, w.size(size), size > 0)
	w.slice()
}

// set shows that a key has an entry of size bytes now. REQUIRES: wants.
func (w *watch) set(h uint64, size int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.curve.Bank().Set(h, w.size(size))
	w.slice()
}

// remove shows that a key has no entry any more. REQUIRES: wants.
func (w *watch) remove(h uint64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.curve.Bank().Remove(h)
}

func (w *watch) size(bytes int) uint32 {
	if w.unit {
		return 1
	}
	return uint32(bytes)
}

// slice counts a request, and ends the watching where it would cost too much.
func (w *watch) slice() {
	if w.seen++; w.seen < w.most {
		w.follow()
		return
	}
	took := time.Since(w.begun)
	w.seen = 0
	if many := w.curve.Bank().Keys() > watchKeys; took >= watchSlice || many {
		if took < watchSlice {
			w.curve.Bank().Thin()
		}
		w.begun = time.Now()
		w.follow()
		return
	}
	w.threshold.Store(0)
	time.AfterFunc(watchSlice-took, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		if !w.closed {
			w.begun = time.Now()
			w.open()
		}
	})
}

// follow takes over a smaller sample.
func (w *watch) follow() {
	if t := w.curve.Bank().Threshold(); t != w.threshold.Load() && w.threshold.Load() != 0 {
		w.threshold.Store(t)
	}
}

// close ends the watching. w may be nil.
func (w *watch) close() {
	if w == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed = true
	w.threshold.Store(0)
}
