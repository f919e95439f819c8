//go:build unix && lruguard && !race && !lruheap

package lru

import (
	"fmt"
	"os"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Memory of an arena comes from mmap as in mem_mmap.go, but before each page of it and
// behind the last lies one that nobody may touch, as everything does that is not yet
// in use: an access beyond a page ends the process at once, with the stack that did
// it. Freed slots are poisoned. For tests: go test -tags lruguard ./lru.

const poisonFreed = true

// commitStep is what a range is a multiple of.
const commitStep = 1 << 20

// maxReserve bounds the range of one shard, in bytes. What it takes of addresses is
// up to twice as much.
const maxReserve = 1 << 32

// memory is one shard's range of offsets. Page p of the store lies at
// base + p*stride.
type memory struct {
	base      unsafe.Pointer // the first page, behind the first guard; constant
	stride    uintptr        // bytes from a page to the next: the page, and the guard behind it
	mapped    []byte         // all of it
	pageShift uint8          // log2 of the units of a page
	ready     atomic.Uint32  // accessible units
	reserved  uint32         // units in the range
}

func (m *memory) reserve(size int64, pageShift uint8) error {
	guard := uintptr(os.Getpagesize())
	page := (uintptr(unit)<<pageShift + guard - 1) &^ (guard - 1)
	m.pageShift, m.stride, m.reserved = pageShift, page+guard, uint32(size/unit)
	length := guard + uintptr(m.reserved>>pageShift)*m.stride
	b, err := unix.Mmap(-1, 0, int(length), unix.PROT_NONE, unix.MAP_PRIVATE|unix.MAP_ANON|unix.MAP_NORESERVE)
	if err != nil {
		return fmt.Errorf("reserve %d bytes of address space: %w", length, err)
	}
	m.mapped, m.base = b, unsafe.Pointer(&b[guard])
	return nil
}

func (m *memory) commit(end uint32) bool {
	if end > m.reserved {
		return false
	}
	for ready := m.ready.Load(); ready < end; m.ready.Store(ready) {
		page := unsafe.Slice((*byte)(m.at(ready)), unit<<m.pageShift)
		if unix.Mprotect(page, unix.PROT_READ|unix.PROT_WRITE) != nil {
			return false
		}
		ready += 1 << m.pageShift
	}
	return true
}

// poison overwrites [from, to), page by page, so that a later read of it shows.
func (m *memory) poison(from, to uint32) {
	for from < to {
		end := min(to, (from>>m.pageShift+1)<<m.pageShift)
		piece := unsafe.Slice((*byte)(m.at(from)), int(end-from)*unit)
		for i := range piece {
			piece[i] = poisonByte
		}
		from = end
	}
}

// release gives nothing back, but whoever reads it later must not find what was
// there. It stays accessible, since Warm may look at it.
func (m *memory) release(from, to uint32) { m.poison(from, to) }

func (m *memory) populate(_, _ uint32) {}

// discard makes all of the range one accessible mapping: a process may only have so many.
func (m *memory) discard() {
	if m.mapped != nil {
		_ = unix.Madvise(m.mapped, unix.MADV_DONTNEED)
		_ = unix.Mprotect(m.mapped, unix.PROT_READ|unix.PROT_WRITE)
	}
}

func (m *memory) unmapper() func() {
	b := m.mapped
	return func() { _ = unix.Munmap(b) }
}

// at returns the address of off. REQUIRES: off < ready.
func (m *memory) at(off uint32) unsafe.Pointer {
	return unsafe.Add(m.base, uintptr(off>>m.pageShift)*m.stride+uintptr(off&(1<<m.pageShift-1))*unit)
}

// headReadable reports whether an offset from anywhere may be read as an entry's
// header, which must not reach into a guard.
//
//go:norace
func (m *memory) headReadable(off uint32) bool {
	last := uint32(1)<<m.pageShift - 1
	return off != 0 && off < m.ready.Load() && off&last != last
}
