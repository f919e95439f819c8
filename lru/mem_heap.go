//go:build !unix || race || lruheap

package lru

import (
	"slices"
	"sync/atomic"
	"unsafe"
)

// Memory of an arena comes from the Go heap in large pieces, so that the race
// detector and checkptr watch every access. Freed slots are poisoned.

const poisonFreed = true

// commitStep is the size of one piece. A power of two and a multiple of every
// page size, so that no slot crosses two pieces.
const commitStep = 1 << 20

// maxReserve bounds the range of one shard, in bytes.
const maxReserve = 1 << 30

const pieceUnits = commitStep / unit

var poisoned = slices.Repeat([]uint64{poisonByte * 0x0101010101010101}, 1<<maxPageShift/unit)

// memory is one shard's range of offsets, backed piece by piece.
type memory struct {
	pieces   [][]uint64    // one element a piece; nil until committed
	ready    atomic.Uint32 // accessible units; stored after the piece it covers
	reserved uint32
}

func (m *memory) reserve(size int64, _ uint8) error {
	m.reserved = uint32(size / unit)
	m.pieces = make([][]uint64, (int64(m.reserved)+pieceUnits-1)/pieceUnits)
	return nil
}

func (m *memory) commit(end uint32) bool {
	ready := m.ready.Load()
	if end <= ready {
		return true
	}
	if end > m.reserved {
		return false
	}
	for ready < end {
		m.pieces[ready/pieceUnits] = make([]uint64, pieceUnits)
		ready += pieceUnits
		m.ready.Store(ready)
	}
	return true
}

// poison overwrites [from, to), so that a later read of it shows. It copies whole
// stretches: the race detector takes long over single words.
func (m *memory) poison(from, to uint32) {
	for from < to {
		piece := m.pieces[from/pieceUnits][from%pieceUnits:]
		from += uint32(copy(piece[:min(uint32(len(piece)), to-from)], poisoned))
	}
}

// release gives nothing back, but whoever reads it later must not find what was there.
func (m *memory) release(from, to uint32) { m.poison(from, to) }

func (m *memory) populate(_, _ uint32) {}

// discard does nothing: the garbage collector takes the pieces when nobody holds the shard.
func (m *memory) discard() {}

func (m *memory) unmapper() func() { return func() {} }

func (m *memory) at(off uint32) unsafe.Pointer {
	return unsafe.Pointer(&m.pieces[off/pieceUnits][off%pieceUnits])
}

// headReadable reports whether an offset from anywhere may be read as an entry's
// header, which must not reach into another piece.
//
//go:norace
func (m *memory) headReadable(off uint32) bool {
	return off != 0 && off < m.ready.Load() && off%pieceUnits != pieceUnits-1
}
