//go:build unix && lruguard && !race && !lruheap

package memory

import (
	"runtime/debug"
	"testing"
	"unsafe"
)

// faults reports whether nobody may touch the byte at p.
func faults(p unsafe.Pointer) (fault bool) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() { fault = recover() != nil }()
	*(*byte)(p)++
	return false
}

// TestGuards touches the first and the last byte of pages, and those beside them.
func TestGuards(t *testing.T) {
	for shift := uint8(MinPageShift - 3); shift <= MaxPageShift-3; shift++ {
		page := uint32(1) << shift
		a := arena{}
		if err := a.reserve(int64(4*page*unit), shift, false); err != nil {
			t.Fatal(err)
		}
		if !a.commit(2*page) || a.commit(4*page+1) {
			t.Fatal("the wrong pages are granted")
		}
		for p := range uint32(3) {
			first, last := a.at(p*page), unsafe.Add(a.at(p*page+page-1), unit-1)
			if faults(first) != (p == 2) || faults(last) != (p == 2) {
				t.Errorf("pages of %d bytes: page %d of two is accessible: %v", page*unit, p, !faults(first))
			}
			if !faults(unsafe.Add(first, -1)) || !faults(unsafe.Add(last, 1)) {
				t.Errorf("pages of %d bytes: what is beside page %d is accessible", page*unit, p)
			}
		}
		a.unmapper()()
	}
}
