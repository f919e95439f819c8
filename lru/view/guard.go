//go:build linux && amd64 && !race

package view

import (
	"fmt"
	"os"
	"runtime/debug"
	"sync/atomic"
)

// guard is what a View needs if its loads may fault: somebody may shorten its file, or a page that was given back is read
// once more when the file system has no room left for it. The system then sends a signal, which the runtime turns into a
// panic if it is asked to. After such a fault a guarded View finds nothing and is not Current.
type guard struct {
	inner  *View // the same without a guard; nil: there is none
	broken atomic.Bool
}

// OpenUnsealed is Open for a file that may be shortened, which makes each lookup dearer by some nanoseconds.
func OpenUnsealed(f *os.File) (v *View, err error) {
	v = &View{}
	defer v.catch(debug.SetPanicOnFault(true), func() { v, err = nil, fmt.Errorf("view: the file was shortened") })
	inner, err := Open(f)
	if err != nil {
		return nil, err
	}
	v.seed, v.guard.inner = inner.seed, inner
	return v, nil
}

// catch is deferred: it ends the guard and, if there was a fault, calls failed. before is the runtime's setting before
// the guard.
func (v *View) catch(before bool, failed func()) {
	debug.SetPanicOnFault(before)
	r := recover()
	if r == nil {
		return
	}
	if _, fault := r.(interface{ Addr() uintptr }); !fault { // the runtime's error for a bad address
		panic(r)
	}
	v.guard.broken.Store(true)
	failed()
}

func (v *View) guardedCurrent() (current bool) {
	defer v.catch(debug.SetPanicOnFault(true), func() { current = false })
	return !v.guard.broken.Load() && v.guard.inner.Current()
}

func (v *View) guardedGet(dst []byte, h uint64, key []byte, now int64) (value []byte, expiry int64, ok bool) {
	defer v.catch(debug.SetPanicOnFault(true), func() { value, expiry, ok = dst, 0, false })
	if v.guard.broken.Load() {
		return dst, 0, false
	}
	return v.guard.inner.Get(dst, h, key, now)
}

func (v *View) guardedExpiry(h uint64, key []byte, now int64) (expiry int64, ok bool) {
	defer v.catch(debug.SetPanicOnFault(true), func() { expiry, ok = 0, false })
	if v.guard.broken.Load() {
		return 0, false
	}
	return v.guard.inner.Expiry(h, key, now)
}

func (v *View) guardedAhead(hashes []uint64) {
	defer v.catch(debug.SetPanicOnFault(true), func() {})
	if !v.guard.broken.Load() {
		v.guard.inner.Ahead(hashes)
	}
}
