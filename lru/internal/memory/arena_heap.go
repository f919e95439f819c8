//go:build !unix || race || lruheap

package memory

import (
	"slices"
	"sync/atomic"
	"unsafe"
)

// This arena is memory from the Go heap, in large pieces, so that the race detector and checkptr watch every access.
// Freed slots are poisoned.

// Poisoned reports whether freed memory is overwritten.
const Poisoned = true

// CommitStep is the size of one piece. A power of two and a multiple of every
// page size, so that no slot crosses two pieces.
const CommitStep = 1 << 20

// MaxReserve bounds the range of one shard, in bytes.
const MaxReserve = 1 << 30

const pieceUnits = CommitStep / unit

var poison = slices.Repeat([]uint64{PoisonByte * 0x0101010101010101}, 1<<MaxPageShift/unit)

// arena is one shard's range of offsets, backed piece by piece.
type arena struct {
	pieces   [][]uint64    // one element a piece; nil until committed
	ready    atomic.Uint32 // accessible units; stored after the piece it covers
	reserved uint32
}

func (a *arena) reserve(size int64, _ uint8, _ bool) error {
	a.reserved = uint32(size / unit)
	a.pieces = make([][]uint64, (int64(a.reserved)+pieceUnits-1)/pieceUnits)
	return nil
}

func (a *arena) commit(end uint32) bool {
	ready := a.ready.Load()
	if end <= ready {
		return true
	}
	if end > a.reserved {
		return false
	}
	for ready < end {
		a.pieces[ready/pieceUnits] = make([]uint64, pieceUnits)
		ready += pieceUnits
		a.ready.Store(ready)
	}
	return true
}

// poison overwrites [from, to), so that a later read of it shows. It copies whole
// stretches: the race detector takes long over single words.
func (a *arena) poison(from, to uint32) {
	for from < to {
		piece := a.pieces[from/pieceUnits][from%pieceUnits:]
		from += uint32(copy(piece[:min(uint32(len(piece)), to-from)], poison))
	}
}

// release gives nothing back, but overwrites the range, so that a later read shows.
func (a *arena) release(from, to uint32) { a.poison(from, to) }

func (a *arena) populate(_, _ uint32) bool { return true }

// use is not called where memory cannot lie in a file.
func (a *arena) use([]byte) { panic("memory: cannot lie in a file") }

func (a *arena) prepare(_, _ uint32) {}

// Secure and GiveBack are not called where memory cannot lie in a file.
func Secure([]byte) bool { return true }

// GiveBack does nothing.
func GiveBack([]byte) {}

// discard does nothing: the garbage collector frees the pieces with the shard.
func (a *arena) discard() {}

func (a *arena) unmapper() func() { return func() {} }

func (a *arena) at(off uint32) unsafe.Pointer {
	return unsafe.Pointer(&a.pieces[off/pieceUnits][off%pieceUnits])
}

// headReadable reports whether off, which may be any number, can be read as an entry's header, which must not reach into
// another piece.
//
//go:norace
func (a *arena) headReadable(off uint32) bool {
	return off != 0 && off < a.ready.Load() && off%pieceUnits != pieceUnits-1
}
