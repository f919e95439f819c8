package workload

import (
	"slices"
	"sync"
	"sync/atomic"

	"github.com/cachegopher/cachegopher/bench/offheap"
)

// Versions remembers, for every key, which versions a read may still see. Any goroutine may use it.
//
// Writes of a key that overlap may take effect in any order, so they form a cluster: once all of
// them are answered, the key holds one of the cluster's versions, and a read sent afterwards that
// finds an older one is stale. A key that is never without a write under way gets no new bound.
//
// A cell packs: next, the highest version given out (18 bits); gap, how far below it the oldest that may
// be seen lies (18 bits, all ones: anything may be seen); span, the cluster's versions beside its first
// (14 bits, all ones: more than can be counted); and the writes under way (14 bits).
//
// A write whose connection ended before its answer may still take effect much later, even after writes that were sent when
// its outcome was already unknown: the server may have it in a buffer. So its version may be seen from then on.
type Versions struct {
	cells *offheap.Table[atomic.Uint64]

	mu     sync.Mutex
	adrift map[uint64][]uint32 // by key: versions of unanswered writes; guarded by mu
	known  int                 // versions in adrift; guarded by mu
	some   atomic.Bool         // adrift has versions
}

// maxAdrift bounds the versions remembered of unanswered writes; beyond it every version may be seen.
const maxAdrift = 1 << 20

const (
	gapShift   = 18
	spanShift  = 36
	underShift = 50
	gapMax     = 1<<18 - 1
	spanMax    = 1<<14 - 1
	underMax   = 1<<14 - 1
)

// NewVersions returns the versions of n keys, each at version 0 if known, else with any version allowed until
// it is written.
func NewVersions(n uint64, known bool) *Versions {
	v := &Versions{cells: offheap.New[atomic.Uint64](n)}
	if !known {
		for i := range n {
			v.cells.At(i).Store(cell{gap: gapMax}.pack())
		}
	}
	return v
}

type cell struct{ next, gap, span, under uint64 }

func unpack(c uint64) cell {
	return cell{c & versionMask, c >> gapShift & gapMax, c >> spanShift & spanMax, c >> underShift}
}

func (c cell) pack() uint64 {
	return c.next | c.gap<<gapShift | c.span<<spanShift | c.under<<underShift
}

// Write returns the version that a write of key shall carry. Done, Lost or Unanswered must follow. No more than 16,383 writes
// may be under way together.
func (v *Versions) Write(key uint64) uint32 {
	for {
		old := v.cells.At(key).Load()
		c := unpack(old)
		if c.under == 0 {
			c.span = 0
		} else {
			c.span = min(c.span+1, spanMax)
		}
		c.next = (c.next + 1) & versionMask
		c.gap = min(c.gap+1, gapMax)
		c.under = min(c.under+1, underMax)
		if v.cells.At(key).CompareAndSwap(old, c.pack()) {
			return uint32(c.next)
		}
	}
}

// Done says that a write of key was answered.
func (v *Versions) Done(key uint64) { v.end(key, false) }

// Unanswered says that a write of key was given up before it was answered: it may take effect at any time, or never.
func (v *Versions) Unanswered(key uint64, version uint32) {
	v.MayAppear(key, version)
	v.end(key, true)
}

// MayAppear says that version, which Write did not give out, may be read at any time from now on.
func (v *Versions) MayAppear(key uint64, version uint32) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.adrift == nil {
		v.adrift = map[uint64][]uint32{}
	}
	if v.known < maxAdrift {
		v.adrift[key] = append(v.adrift[key], version)
		v.known++
	}
	v.some.Store(true)
}

// mayAppear reports whether an unanswered write of key carried version.
func (v *Versions) mayAppear(key uint64, version uint32) bool {
	if !v.some.Load() {
		return false
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.known >= maxAdrift || slices.Contains(v.adrift[key], version)
}

// Lost says that nobody knows whether a write of key, which was answered with an error, took effect.
func (v *Versions) Lost(key uint64) { v.end(key, true) }

func (v *Versions) end(key uint64, lost bool) {
	for {
		old := v.cells.At(key).Load()
		c := unpack(old)
		if lost {
			c.span = spanMax
		}
		if c.under--; c.under == 0 {
			c.gap = c.span
			if c.span == spanMax {
				c.gap = gapMax
			}
		}
		if v.cells.At(key).CompareAndSwap(old, c.pack()) {
			return
		}
	}
}

// AnyVersion is the bound of a read that may see every version.
const AnyVersion = ^uint32(0)

// Bound is the oldest version that a read of key sent from now on may see.
func (v *Versions) Bound(key uint64) uint32 {
	c := unpack(v.cells.At(key).Load())
	if c.gap == gapMax {
		return AnyVersion
	}
	return uint32((c.next - c.gap) & versionMask)
}

// Fresh reports whether a read of key that was sent when Bound said bound may have seen version.
func (v *Versions) Fresh(key uint64, bound, version uint32) bool {
	if bound == AnyVersion {
		return true
	}
	next := uint32(v.cells.At(key).Load() & versionMask)
	return (next-version)&versionMask <= (next-bound)&versionMask || v.mayAppear(key, version)
}
