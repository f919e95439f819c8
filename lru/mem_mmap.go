//go:build unix && !race && !lruheap

package lru

import (
	"fmt"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Memory of an arena comes from mmap, out of the garbage collector's sight.
// The race detector and checkptr see nothing of it; mem_heap.go is the twin
// that they do see.

// poisonFreed says whether freed memory is overwritten.
const poisonFreed = false

func (m *memory) poison(_, _ uint32) {}

// commitStep is how much memory becomes accessible at a time. A power of two
// and a multiple of every page size.
const commitStep = regionSize

// maxReserve bounds the range of one shard, in bytes.
const maxReserve = (1<<32 - 1) * unit &^ (commitStep - 1)

// memory is one shard's range of addresses. It is reserved whole and made
// accessible from the front in steps; what was once accessible stays mapped
// until close, so that a lock-free reader of a stale offset never faults.
type memory struct {
	base     unsafe.Pointer // start of the range; constant until close
	ready    atomic.Uint32  // accessible units of 8 bytes, from base
	reserved uint32         // units in the range
	mapping  []byte         // from base, aligned to a region
	whole    []byte         // what mmap returned
}

// reserve takes size bytes of address space; no memory is used yet.
func (m *memory) reserve(size int64) error {
	b, err := unix.Mmap(-1, 0, int(size+regionSize), unix.PROT_NONE, unix.MAP_PRIVATE|unix.MAP_ANON|unix.MAP_NORESERVE)
	if err != nil {
		return fmt.Errorf("reserve %d bytes of address space: %w", size, err)
	}
	m.whole = b
	start := -uintptr(unsafe.Pointer(unsafe.SliceData(b))) & (regionSize - 1)
	m.mapping = b[start : start+uintptr(size)]
	m.base = unsafe.Pointer(unsafe.SliceData(m.mapping))
	m.reserved = uint32(size / unit)
	adviseSmall(m.mapping)
	return nil
}

// commit makes the range accessible up to end units. It reports whether the
// system granted it.
func (m *memory) commit(end uint32) bool {
	ready := m.ready.Load()
	if end <= ready {
		return true
	}
	if end > m.reserved {
		return false
	}
	stop := min((uint64(end)*unit+commitStep-1)&^(commitStep-1), uint64(len(m.mapping)))
	if err := unix.Mprotect(m.mapping[uint64(ready)*unit:stop], unix.PROT_READ|unix.PROT_WRITE); err != nil {
		return false
	}
	m.ready.Store(uint32(stop / unit))
	return true
}

// release gives the memory of [from, to) back to the system; the addresses stay
// accessible. What they read afterwards is undefined.
func (m *memory) release(from, to uint32) {
	if from < to {
		_ = unix.Madvise(m.mapping[uint64(from)*unit:uint64(to)*unit], adviceRelease)
	}
}

// collapse backs the whole, committed region number r by one huge page of the
// processor, if the system has one to spare. It needs no lock: what the memory
// holds does not change.
func (m *memory) collapse(r uint32) {
	adviseHuge(m.mapping[int64(r)*regionSize : int64(r+1)*regionSize])
}

// scatter undoes collapse for the regions from r on, so that memory given back
// comes again page by page.
func (m *memory) scatter(r uint32) {
	if from := int64(r) * regionSize; from < int64(len(m.mapping)) {
		adviseSmall(m.mapping[from:])
	}
}

// close unmaps the range. Nobody may hold or load an offset of it afterwards.
func (m *memory) close() error {
	if m.mapping == nil {
		return nil
	}
	err := unix.Munmap(m.whole)
	m.whole, m.mapping, m.base = nil, nil, nil
	m.ready.Store(0)
	return err
}

// at returns the address of off. REQUIRES: off < ready.
func (m *memory) at(off uint32) unsafe.Pointer {
	return unsafe.Add(m.base, uintptr(off)*unit)
}
