package lru

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/cachegopher/cachegopher/lru/shadow"
)

// watch shows requests for a sample of the keys to simulations of the cache: those of the curve, which predict what other
// budgets would bring, and those of AUTO. Its lock is taken after a shard's.
type watch struct {
	threshold atomic.Uint64 // of the larger sample; 0: nothing is to be shown
	sample    atomic.Uint64 // the same, but also between slices
	unshown   unshown
	_         [cacheLine]byte

	gone shadow.Gone // what was removed between slices

	mu       sync.Mutex
	curve    *shadow.Curve // nil without Options.Watch
	auto     *shadow.Auto  // nil unless AUTO is the policy
	banks    []*shadow.Bank
	look     chan struct{} // asks for a look at AUTO
	closed   bool
	restored bool      // the curve's simulations have the keys that they had in an earlier process
	seen     int       // requests since begun, as often as they were in a sample
	begun    time.Time // of the present slice of time
	faded    time.Time // when the curve last did
	size     int64     // of the simulated cache: bytes, or entries if only these are bounded
	unit     bool      // entries count, not their bytes
	most     int       // watchMost, except in tests
	evictions
}

// A sample of many requests becomes one of fewer keys. If it has few keys already, the rest of the slice is not watched.
const (
	watchSlice = 100 * time.Millisecond
	watchMost  = 600 // requests a slice, of all samples: half a hundredth of a processor, a hundredth under LFU
	watchKeys  = 500
)

// newWatch returns the watch that o asks for. REQUIRES: o has its defaults.
func (c *Cache) newWatch(o Options) *watch {
	w := &watch{look: c.look, begun: time.Now(), faded: time.Now(), most: watchMost, evictions: evictions{refuses: o.Policy == NONE}}
	w.setSize(o.MaxEntries, o.MaxMemory)
	if o.Watch {
		w.curve = shadow.NewCurve(w.size, c.used().rule())
	}
	w.setAuto(o.Policy == AUTO, c.used())
	return w
}

// emptyShare is the divisor of the budget's part that lies empty between entries in a full cache, about: 3 to 7% were measured, the
// most in small caches. A simulation has no such room.
const emptyShare = 24

// setSize sets the size of the simulated cache.
func (w *watch) setSize(maxEntries, maxMemory int64) {
	if w.unit = maxMemory == 0; w.unit {
		w.size = maxEntries
	} else {
		w.size = maxMemory - maxMemory/directoryShare - maxMemory/emptyShare
	}
}

// setAuto begins the simulations of AUTO, unless they are under way, in a cache that was evicting by u; or ends them.
func (w *watch) setAuto(on bool, u use) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case !on:
		w.auto = nil
	case w.auto == nil:
		w.auto = shadow.NewAuto(w.size)
		w.auto.Begin(u.rule())
	}
	w.banks = nil
	if w.curve != nil {
		w.banks = append(w.banks, w.curve.Bank())
	}
	if w.auto != nil {
		w.banks = append(w.banks, w.auto.Bank())
	}
	if !w.closed {
		w.open()
	}
}

// choice is what AUTO would evict by; ok is false under another policy.
func (w *watch) choice() (r shadow.Rule, ok bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.auto == nil {
		return r, false
	}
	return w.auto.Rule(), true
}

// follow tells the simulations what the cache evicts by, its budgets, and how many reads it had, of all keys and of each of its prefixes.
func (w *watch) follow(st Stats, u use, p *prefixes, parts *partCounts) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.setSize(st.MaxEntries, st.MaxMemory)
	if w.auto != nil {
		w.auto.Resize(w.size)
		bounds := w.bounds(p)
		if len(bounds) != w.auto.Parts() { // AUTO has just become the policy
			w.auto.SetParts(len(bounds))
		}
		w.auto.Bound(bounds)
	}
	if w.curve != nil {
		w.curve.Account(float64(st.Hits), float64(st.Hits+st.Misses))
		for i := range w.curve.Parts() {
			w.curve.AccountPart(i, float64(parts[i].hits), float64(parts[i].hits+parts[i].misses))
		}
		w.curve.Begin()
		w.refuses = u.policy == NONE
		if anew := w.curve.Follow(u.rule(), w.size); anew && st.lost() {
			w.setUnshown()
		}
		w.curve.KeepsAll(w.shown())
		w.curve.Bound(w.bounds(p))
	}
	w.adapt()
}

// open lets requests come. REQUIRES: mu, not closed.
func (w *watch) open() {
	shadow.RemoveGone(&w.gone, w.banks)
	w.sample.Store(w.largest())
	w.threshold.Store(w.largest())
}

// largest is the threshold of the larger sample.
func (w *watch) largest() (t uint64) {
	for _, b := range w.banks {
		t = max(t, b.Threshold())
	}
	return t
}

// wants reports whether requests of keys of this hash are to be shown. w may be nil.
func (w *watch) wants(h uint64) bool { return w != nil && shadow.Sampled(h, w.threshold.Load()) }

// samples reports whether a removal of a key of this hash is to be shown, and whether a Put is: it may be of a key whose removal
// was noted. w may be nil.
func (w *watch) samples(h uint64) bool { return w != nil && shadow.Sampled(h, w.sample.Load()) }

// get shows a read of an entry of size bytes; 0: there was none. part is the number of the key's prefix, or none.
// REQUIRES: wants.
func (w *watch) get(h uint64, size, part int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.curve != nil {
		w.curve.Get(h, w.sizeOf(size), size > 0, part)
	}
	if w.auto != nil {
		w.auto.Get(h, w.sizeOf(size), size > 0, part)
	}
	if w.auto != nil && w.auto.Due() || w.curve != nil && w.curve.Stale() {
		select {
		case w.look <- struct{}{}:
		default: // it was asked for
		}
	}
	w.slice(h)
}

// set shows that a key of the prefix of this number, or none, has an entry of size bytes now. REQUIRES: wants.
func (w *watch) set(h uint64, size, part int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.curve != nil {
		w.curve.Set(h, w.sizeOf(size), part)
	}
	if w.auto != nil {
		w.auto.Set(h, w.sizeOf(size), part)
	}
	w.slice(h)
}

// remove shows that a key has no entry any more. Between slices it only makes a note, which costs next to nothing: a simulation that
// went on to hold the key would count hits that the cache cannot have. REQUIRES: samples.
func (w *watch) remove(h uint64) {
	if !w.wants(h) {
		w.gone.Note(h)
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, b := range w.banks {
		b.Remove(h)
	}
	w.slice(h)
}

// flush shows that the cache is empty.
func (w *watch) flush() {
	w.mu.Lock()
	defer w.mu.Unlock()
	shadow.RemoveGone(&w.gone, nil)
	if w.curve != nil {
		w.curve.Flush()
		w.setShown()
	}
	if w.auto != nil {
		w.auto.Bank().Flush()
	}
}

func (w *watch) sizeOf(bytes int) uint32 {
	if w.unit {
		return 1
	}
	return uint32(bytes)
}

// slice counts a request of a key of this hash, and ends the watching where it would cost too much.
func (w *watch) slice(h uint64) {
	for _, b := range w.banks {
		if shadow.Sampled(h, b.Threshold()) {
			w.seen++
		}
	}
	if w.seen < w.most {
		w.adapt()
		return
	}
	took := time.Since(w.begun)
	w.seen = 0
	if took >= watchSlice || w.thin() {
		w.begun = time.Now()
		w.adapt()
		return
	}
	w.threshold.Store(0)
	w.between = 0
	if w.curve != nil {
		w.curve.Miss()
	}
	time.AfterFunc(watchSlice-took, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		if !w.closed {
			w.begun = time.Now()
			w.open()
		}
	})
}

// thin makes the larger sample one of fewer keys, or both if they are equal, and reports whether there were enough.
func (w *watch) thin() (done bool) {
	t := w.largest()
	for _, b := range w.banks {
		if b.Threshold() == t && b.Keys() > watchKeys {
			b.Thin()
			done = true
		}
	}
	return done
}

// adapt takes over a sample that is another one now.
func (w *watch) adapt() {
	t := w.largest()
	if t == w.sample.Load() || w.closed {
		return
	}
	w.sample.Store(t)
	if w.threshold.Load() != 0 {
		w.threshold.Store(t)
	}
}

// close ends the watching.
func (w *watch) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed = true
	w.sample.Store(0)
	w.threshold.Store(0)
}
