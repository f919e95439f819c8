package lru

import (
	"sync/atomic"

	"github.com/cachegopher/cachegopher/lru/prefix"
)

// The curve is shown what the cache evicts: a larger one would have it still, also where the simulations were not shown when it came. As
// long as it sees all evictions of the sample, what neither the cache nor a simulation with room has was never stored.

// evictions says which of them the curve has not been shown. The watch's lock guards what is not atomic.
type evictions struct {
	unshown [1 + prefix.Most]atomic.Bool // of keys without a prefix, and of each: some that were in the sample, since the cache was last empty
	between int                          // evictions shown since the end of the last slice
	refuses bool                         // the policy evicts nothing
}

// evicted shows an eviction of an entry of size bytes. part is the number of the key's prefix, or none. It does so between slices, too, but
// then for no more than a slice may have requests: to look at all of them would cost too much. REQUIRES: samples.
func (w *watch) evicted(h uint64, size, part int) {
	if w.unshown[1+part].Load() {
		return // one more makes no difference
	}
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
