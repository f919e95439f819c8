package lru

import (
	"sync/atomic"

	"github.com/cachegopher/cachegopher/lru/prefix"
	"github.com/cachegopher/cachegopher/lru/shadow"
)

// The curve is shown what the cache evicts: a larger one would have it still, also where the simulations were not shown when it came. As
// long as it sees all evictions of the sample, what neither the cache nor a simulation with room has was never stored.

// unshown says of the keys without a prefix, and of those of each, whether some have been evicted since the cache was last empty that
// were in the sample and not shown.
type unshown [1 + prefix.Most]atomic.Bool

// evictions are what else the watch knows of them. Its lock guards it.
type evictions struct {
	between int  // shown since the end of the last slice
	refuses bool // the policy evicts nothing
}

// wantsEvicted reports whether an eviction of a key of this hash is to be shown. part is the number of the key's prefix, or none. One more that
// is not shown makes no difference. w may be nil.
func (w *watch) wantsEvicted(h uint64, part int) bool {
	return w != nil && !w.unshown[1+part].Load() && shadow.Sampled(h, w.sample.Load())
}

// evicted shows an eviction of an entry of size bytes. part is the number of the key's prefix, or none. It does so between slices, too, but
// then for no more than a slice may have requests: to look at all of them would cost too much. REQUIRES: wantsEvicted.
func (w *watch) evicted(h uint64, size, part int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.curve == nil || w.closed {
		return
	}
	if w.threshold.Load() == 0 {
		if w.between++; w.between > w.most {
			w.unshown[1+part].Store(true)
			w.curve.KeepsAll(w.shown())
			return
		}
	}
	w.curve.Evicted(h, w.sizeOf(size), part)
	w.adapt()
}

// shown says of the keys without a prefix, and of those of each prefix, whether the curve was shown all evictions since the cache was
// last empty, and the cache has refused nothing. REQUIRES: mu, a curve.
func (w *watch) shown() []bool {
	all := make([]bool, 1+w.curve.Parts())
	for i := range all {
		all[i] = !w.refuses && !w.unshown[i].Load()
	}
	return all
}

// setUnshown says that the cache has evicted keys of any prefix before they were in the sample. REQUIRES: mu.
func (w *watch) setUnshown() {
	for i := range w.unshown {
		w.unshown[i].Store(true)
	}
}

// setShown says that neither the cache nor the simulations have anything. REQUIRES: mu, a curve.
func (w *watch) setShown() {
	for i := range w.unshown {
		w.unshown[i].Store(false)
	}
	w.curve.KeepsAll(w.shown())
}

// numberAnew says that the prefixes have other numbers from now on: what was not shown may have been of any of them. REQUIRES: mu, a curve.
func (w *watch) numberAnew() {
	for i := range w.unshown {
		if w.unshown[i].Load() {
			w.setUnshown()
			break
		}
	}
	w.curve.KeepsAll(w.shown())
}
