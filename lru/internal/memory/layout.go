package memory

import "unsafe"

// This file defines the contents of slots, except the buckets of a segment, which package index lays out.
//
//	entry    prev next word klen-1 vlen [expiry] [first chunk] key value
//	chunk    owner next data...
//	segment  buckets
//	free     freeMark next-free
//
// The first word of a live slot is never freeMark: an offset never reaches it, and the first bytes of a segment are
// tags, none of which is 0xff.

const (
	unit       = 8         // bytes that an offset counts
	lineUnits  = 64 / unit // of a cache line
	bodyLines  = 16        // most cache lines of an entry that are asked for beside its first, see ExpectBody
	freeMark   = 0xffffffff
	PoisonByte = 0xdb // overwrites freed memory if Poisoned
	chunkHead  = 8    // bytes of a chunk before its data

	// HeadSize is the bytes of an entry's Header.
	HeadSize = 16
)

// Header opens every entry. Memory itself uses the lengths and whether there is an expiry; the links and the stamp
// belong to the order of use, and the generation to the caller that stores entries.
type Header struct {
	Prev, Next uint32 // neighbours in the order of use
	word       uint32 // hasExpiry, GenerationBit, and the stamp below them
	klen       uint16 // bytes of key, less one
	vlen       uint16 // bytes of value
}

// The bits of Header.word.
const (
	hasExpiry = 1 << 31
	// GenerationBit tells two generations of entries apart.
	GenerationBit = 1 << 30
	// StampMask has the bits of a stamp.
	StampMask = GenerationBit - 1
)

// Stamp is the order's note about the entry, in the bits of StampMask.
func (h *Header) Stamp() uint32 { return h.word & StampMask }

// SetStamp stores the low bits of stamp.
func (h *Header) SetStamp(stamp uint32) { h.word = h.word&^StampMask | stamp&StampMask }

// Generation is GenerationBit or 0.
func (h *Header) Generation() uint32 { return h.word & GenerationBit }

// SetGeneration takes GenerationBit or 0.
func (h *Header) SetGeneration(generation uint32) { h.word = h.word&^GenerationBit | generation }

// KeyLen is the length of the key in bytes.
func (h *Header) KeyLen() int { return int(h.klen) + 1 }

// ValueLen is the length of the value in bytes.
func (h *Header) ValueLen() int { return int(h.vlen) }

// Size is the length of key and value together in bytes.
func (h *Header) Size() int { return int(h.klen) + 1 + int(h.vlen) }

func (h *Header) expires() bool { return h.word&hasExpiry != 0 }

// fixed is the length of the part before the key in an entry that is not chained.
func (h *Header) fixed() int { return HeadSize + int(h.word>>31)*8 }

// chunk opens a piece of a long value.
type chunk struct {
	owner uint32 // the chunk before this one, or the entry
	next  uint32 // 0 at the end
}

// freeSlot opens a free slot.
type freeSlot struct {
	mark uint32 // freeMark
	next uint32 // in the page's list, 0 at the end
}

// The functions below turn offsets into addresses. REQUIRES for each: off is the offset of a live slot of the kind
// asked for.

// Entry is the header of the entry at off.
func (m *Memory) Entry(off uint32) *Header { return (*Header)(m.at(off)) }

// At is the address of unit n of the slot at off.
func (m *Memory) At(off, n uint32) unsafe.Pointer { return m.at(off + n) }

func (m *Memory) chunkAt(off uint32) *chunk   { return (*chunk)(m.at(off)) }
func (m *Memory) freeAt(off uint32) *freeSlot { return (*freeSlot)(m.at(off)) }

// word is the first word of any slot.
func (m *Memory) word(off uint32) *uint32 { return (*uint32)(m.at(off)) }

// expiryOf points to the expiry of an entry. REQUIRES: hasExpiry is set.
func (m *Memory) expiryOf(off uint32) *int64 { return (*int64)(m.at(off + HeadSize/unit)) }

// linkOf points to the offset of a chained entry's first chunk.
func (m *Memory) linkOf(off uint32, h *Header) *uint32 {
	return (*uint32)(m.at(off + uint32(h.fixed())/unit))
}

// bytesAt is n bytes of a slot from byte skip on. The slice aliases the memory: it must not outlive the lock.
func (m *Memory) bytesAt(off uint32, skip, n int) []byte {
	return unsafe.Slice((*byte)(unsafe.Add(m.at(off), skip)), n)
}

// copySlot copies a whole slot. REQUIRES: both slots have size bytes.
func (m *Memory) copySlot(to, from, size uint32) {
	copy(m.bytesAt(to, 0, int(size)), m.bytesAt(from, 0, int(size)))
}

// Readable reports whether off, which may be any number, may be read as a Header without the shard's lock. The memory
// may be changing, or hold something else by now.
//
//go:norace
func (m *Memory) Readable(off uint32) bool { return m.headReadable(off) }

// Expect asks the processor to load the entry at off, without waiting for it.
func (m *Memory) Expect(off uint32) { prefetchRead(m.at(off)) }

// ExpectWord is Expect for a word outside of the memory, which will be written.
func ExpectWord(at *uint64) { prefetchWrite(unsafe.Pointer(at)) }

// ExpectBody asks the processor to load the cache lines that follow the first one of the entry at off with the header h, at most
// bodyLines of them, without waiting for them. A chained entry's slot may be short, so that of this only the second is asked for.
// It requires no lock: h may be changing.
//
//go:norace
func (m *Memory) ExpectBody(off uint32, h *Header) {
	n := min((h.fixed()+h.Size()-1)/64, bodyLines)
	if m.Chained(h) {
		n = 1
	}
	for ; n > 0; n-- {
		if off += lineUnits; !m.headReadable(off) {
			return
		}
		prefetchRead(m.at(off))
	}
}

// ExpectWrite asks the processor to load unit n of the slot at off, which will be written, without waiting for it. It
// requires no lock.
//
//go:norace
func (m *Memory) ExpectWrite(off, n uint32) { prefetchWrite(m.at(off + n)) }

// ExpectFree asks the processor for what Free of the slot at off will change beside the slot: the description of its page.
func (m *Memory) ExpectFree(off uint32) { prefetchWrite(unsafe.Pointer(&m.pages[off>>m.pageShift])) }

// TextBytes returns the bytes of s without copying. The caller must not change them, or keep them longer than s.
func TextBytes(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }
