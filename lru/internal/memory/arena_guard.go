//go:build unix && lruguard && !race && !lruheap

package memory

import (
	"fmt"
	"os"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"
)

// This arena is memory from mmap as in arena_mmap.go, but with an inaccessible guard page before each page and behind the
// last: an access beyond a page ends the process at once, with its stack. Memory that is not in use is inaccessible too,
// and freed slots are poisoned. For tests: go test -tags lruguard ./lru/...

// Poisoned reports whether freed memory is overwritten.
const Poisoned = true

// CommitStep is the unit of the size of a range.
const CommitStep = 1 << 20

// MaxReserve bounds the range of one shard, in bytes. It takes up to twice as many addresses.
const MaxReserve = 1 << 32

// arena is one shard's range of offsets. Page p of the store lies at
// base + p*stride.
type arena struct {
	base      unsafe.Pointer // the first page, behind the first guard; constant
	stride    uintptr        // bytes from a page to the next: the page, and the guard behind it
	mapped    []byte         // all of it
	pageShift uint8          // log2 of the units of a page
	ready     atomic.Uint32  // accessible units
	reserved  uint32         // units in the range
}

func (a *arena) reserve(size int64, pageShift uint8, _ bool) error {
	guard := uintptr(os.Getpagesize())
	page := (uintptr(unit)<<pageShift + guard - 1) &^ (guard - 1)
	a.pageShift, a.stride, a.reserved = pageShift, page+guard, uint32(size/unit)
	length := guard + uintptr(a.reserved>>pageShift)*a.stride
	b, err := unix.Mmap(-1, 0, int(length), unix.PROT_NONE, unix.MAP_PRIVATE|unix.MAP_ANON|unix.MAP_NORESERVE)
	if err != nil {
		return fmt.Errorf("reserve %d bytes of address space: %w", length, err)
	}
	a.mapped, a.base = b, unsafe.Pointer(&b[guard])
	return nil
}

func (a *arena) commit(end uint32) bool {
	if end > a.reserved {
		return false
	}
	for ready := a.ready.Load(); ready < end; a.ready.Store(ready) {
		page := unsafe.Slice((*byte)(a.at(ready)), unit<<a.pageShift)
		if unix.Mprotect(page, unix.PROT_READ|unix.PROT_WRITE) != nil {
			return false
		}
		ready += 1 << a.pageShift
	}
	return true
}

// poison overwrites [from, to), page by page, so that a later read of it shows.
func (a *arena) poison(from, to uint32) {
	for from < to {
		end := min(to, (from>>a.pageShift+1)<<a.pageShift)
		piece := unsafe.Slice((*byte)(a.at(from)), int(end-from)*unit)
		for i := range piece {
			piece[i] = PoisonByte
		}
		from = end
	}
}

// release gives nothing back, but overwrites the range, so that a later read shows. It stays accessible for readers
// without the lock.
func (a *arena) release(from, to uint32) { a.poison(from, to) }

func (a *arena) populate(_, _ uint32) bool { return true }

// use is not called where memory cannot lie in a file.
func (a *arena) use([]byte) { panic("memory: cannot lie in a file") }

func (a *arena) prepare(_, _ uint32) {}

// Secure and GiveBack are not called where memory cannot lie in a file.
func Secure([]byte) bool { return true }

// GiveBack does nothing.
func GiveBack([]byte) {}

// discard makes the whole range one accessible mapping, because the number of mappings of a process is limited.
func (a *arena) discard() {
	if a.mapped != nil {
		_ = unix.Madvise(a.mapped, unix.MADV_DONTNEED)
		_ = unix.Mprotect(a.mapped, unix.PROT_READ|unix.PROT_WRITE)
	}
}

func (a *arena) unmapper() func() {
	b := a.mapped
	return func() { _ = unix.Munmap(b) }
}

// at returns the address of off. REQUIRES: off < ready.
func (a *arena) at(off uint32) unsafe.Pointer {
	return unsafe.Add(a.base, uintptr(off>>a.pageShift)*a.stride+uintptr(off&(1<<a.pageShift-1))*unit)
}

// headReadable reports whether off, which may be any number, can be read as an entry's header, which must not reach into
// a guard page.
//
//go:norace
func (a *arena) headReadable(off uint32) bool {
	last := uint32(1)<<a.pageShift - 1
	return off != 0 && off < a.ready.Load() && off&last != last
}
