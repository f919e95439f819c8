//go:build unix && !race && !lruheap && !lruguard

package memory

import (
	"fmt"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"
)

// This arena is memory from mmap, which neither the garbage collector nor the race detector and checkptr see. For tests,
// arena_heap.go is an arena that they see, and arena_guard.go one with guard pages.

// Poisoned reports whether freed memory is overwritten.
const Poisoned = false

func (a *arena) poison(_, _ uint32) {}

// CommitStep is how many bytes become accessible at a time in a stepwise arena. It is a power of two and a multiple of
// every page size.
const CommitStep = 2 << 20

// MaxReserve bounds the range of one shard, in bytes.
const MaxReserve = (1<<32 - 1) * unit &^ (CommitStep - 1)

// arena is one shard's range of addresses. It is reserved as a whole and used from the front. What was once used stays
// mapped, so that a reader without the lock never faults on a stale offset.
type arena struct {
	base     unsafe.Pointer // start of the range; constant
	ready    atomic.Uint32  // units of 8 bytes in use, from base
	reserved uint32         // units in the range
	before   uint32         // bytes of the mapping before base
	stepwise bool           // unused memory is inaccessible
	file     bool           // the range is part of a file, and the file's owner gives it up
}

// use makes b, a part of a file's mapping, the range.
func (a *arena) use(b []byte) {
	a.base, a.reserved, a.file = unsafe.Pointer(unsafe.SliceData(b)), uint32(len(b)/unit), true
}

// bytes are the units from from to to.
func (a *arena) bytes(from, to uint32) []byte {
	return unsafe.Slice((*byte)(unsafe.Add(a.base, uintptr(from)*unit)), uintptr(to-from)*unit)
}

// reserve takes size bytes of address space, for pages of any size, and uses no memory yet. The range is accessible at
// once, because a later step takes a millisecond if the kernel's lock on the address space is contended. Only if the
// system counts accessible memory as used (vm.overcommit_memory is 2), it becomes accessible in steps.
func (a *arena) reserve(size int64, _ uint8, large bool) error {
	const flags = unix.MAP_PRIVATE | unix.MAP_ANON | unix.MAP_NORESERVE
	b, err := []byte(nil), error(unix.ENOMEM)
	length := int(size + CommitStep) // so that the range can begin at a multiple of it
	if !a.stepwise {
		b, err = unix.Mmap(-1, 0, length, unix.PROT_READ|unix.PROT_WRITE, flags)
	}
	if err != nil {
		a.stepwise = true
		b, err = unix.Mmap(-1, 0, length, unix.PROT_NONE, flags)
	}
	if err != nil {
		return fmt.Errorf("reserve %d bytes of address space: %w", size, err)
	}
	first := unsafe.Pointer(unsafe.SliceData(b))
	a.before = uint32(-uintptr(first) % CommitStep)
	a.base = unsafe.Add(first, a.before)
	a.reserved = uint32(size / unit)
	if !large {
		adviseSmall(b)
	}
	return nil
}

// commit makes the range accessible up to end units. It reports whether the system granted that.
func (a *arena) commit(end uint32) bool {
	ready := a.ready.Load()
	if end <= ready {
		return true
	}
	if end > a.reserved {
		return false
	}
	if a.stepwise {
		const step = CommitStep / unit
		end = uint32(min((uint64(end)+step-1)&^(step-1), uint64(a.reserved)))
		if err := unix.Mprotect(a.bytes(ready, end), unix.PROT_READ|unix.PROT_WRITE); err != nil {
			return false
		}
	}
	a.ready.Store(end)
	return true
}

// populate makes the memory of [from, to) resident, if the system can do so at once. It reports whether there is room in
// the file that it lies in, if any.
func (a *arena) populate(from, to uint32) bool { return Secure(a.bytes(from, to)) || !a.file }

// prepare has the system map the memory of [from, to), which holds something, for reading, if it can do so at once.
func (a *arena) prepare(from, to uint32) { prepare(a.bytes(from, to)) }

// release gives the memory of [from, to) back to the system; the addresses stay
// accessible. What they read afterwards is undefined.
func (a *arena) release(from, to uint32) {
	switch {
	case from >= to:
	case a.file:
		GiveBack(a.bytes(from, to))
	default:
		_ = unix.Madvise(a.bytes(from, to), adviceRelease)
	}
}

// discard gives all memory back to the system; the addresses stay accessible.
func (a *arena) discard() { a.release(0, a.ready.Load()) }

// unmapper returns the function that gives up the addresses. No offset of the range may be in use when it runs.
func (a *arena) unmapper() func() {
	b := unsafe.Slice((*byte)(unsafe.Add(a.base, -int(a.before))), uintptr(a.reserved)*unit+CommitStep)
	return func() { _ = unix.Munmap(b) }
}

// at returns the address of off. REQUIRES: off < ready.
func (a *arena) at(off uint32) unsafe.Pointer {
	return unsafe.Add(a.base, uintptr(off)*unit)
}

// headReadable reports whether off, which may be any number, can be read as an entry's header, which is two units long.
//
//go:norace
func (a *arena) headReadable(off uint32) bool {
	return off != 0 && off < a.ready.Load()-HeadSize/unit+1
}
