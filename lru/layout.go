package lru

import (
	"math/bits"
	"unsafe"
)

// This file is the only one that knows what a slot holds. Offsets count units
// of 8 bytes from the start of the shard's memory; 0 is no slot.
//
//	entry    prev next stamp klen-1 vlen [expiry] [first chunk] key value
//	chunk    owner next data...
//	segment  buckets (see bucket)
//	free     freeMark next-free
//
// The first word of a live slot is never freeMark: an offset never reaches it,
// and the first bytes of a segment are tags, of which none is 0xff.

const (
	unit       = 8 // bytes an offset counts
	freeMark   = 0xffffffff
	poisonByte = 0xdb // what mem_heap.go overwrites freed memory with
	headSize   = 16   // bytes of header
	chunkHead  = 8    // bytes of a chunk before its data
)

// header opens every entry.
type header struct {
	prev, next uint32 // neighbours in the LRU list: prev was used more recently
	stamp      uint32 // the shard's move count when the entry moved to the front; top bits: see below
	klen       uint16 // bytes of key, less one
	vlen       uint16 // bytes of value
}

const (
	hasExpiry = 1 << 31
	markBit   = 1 << 30 // which generation stored the entry, see mark.go
	stampBits = hasExpiry | markBit
	stampMask = markBit - 1
)

func (h *header) keyLen() int   { return int(h.klen) + 1 }
func (h *header) valueLen() int { return int(h.vlen) }
func (h *header) size() int     { return int(h.klen) + 1 + int(h.vlen) }

// fixed is the length of what stands before the key in an entry that is not chained.
func (h *header) fixed() int { return headSize + int(h.stamp>>31)*8 }

// chunk opens a piece of a long value.
type chunk struct {
	owner uint32 // the chunk before this one, or the entry
	next  uint32 // 0 at the end
}

// freeSlot opens a slot that holds nothing.
type freeSlot struct {
	mark uint32 // freeMark
	next uint32 // in the page's list, 0 at the end
}

// The functions below turn offsets into addresses. REQUIRES for each: the shard
// is locked and off is the offset of a live slot of the kind asked for.

func (s *Shard) entry(off uint32) *header    { return (*header)(s.mem.at(off)) }
func (s *Shard) chunkAt(off uint32) *chunk   { return (*chunk)(s.mem.at(off)) }
func (s *Shard) freeAt(off uint32) *freeSlot { return (*freeSlot)(s.mem.at(off)) }

// word is the first word of any slot.
func (s *Shard) word(off uint32) *uint32 { return (*uint32)(s.mem.at(off)) }

// expiryOf is where the expiry of an entry stands. REQUIRES: hasExpiry is set.
func (s *Shard) expiryOf(off uint32) *int64 { return (*int64)(s.mem.at(off + headSize/unit)) }

// linkOf is where a chained entry keeps its first chunk.
func (s *Shard) linkOf(off uint32, h *header) *uint32 {
	return (*uint32)(s.mem.at(off + uint32(h.fixed())/unit))
}

// bytesAt is n bytes of a slot from byte skip on. The slice aliases the store:
// it must not outlive the lock.
func (s *Shard) bytesAt(off uint32, skip, n int) []byte {
	return unsafe.Slice((*byte)(unsafe.Add(s.mem.at(off), skip)), n)
}

// textBytes is the bytes of a key that is a string, without copying them. Nobody
// may change or keep them.
func textBytes(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }

// copySlot copies a whole slot. REQUIRES: both slots have size bytes.
func (s *Shard) copySlot(to, from, size uint32) {
	copy(s.bytesAt(to, 0, int(size)), s.bytesAt(from, 0, int(size)))
}

// bucket is one cache line of the index: tags of up to 12 entries and where they lie.
type bucket struct {
	tags     [bucketSlots]uint8 // 0: empty
	overflow uint16             // entries that passed over this bucket because it was full
	meta     uint16             // buckets 0..3 keep the segment's own data here, see segment
	offs     [bucketSlots]uint32
}

const (
	bucketSlots = 12
	bucketSize  = 64
)

// bucketAt is bucket i of the segment at seg.
func (s *Shard) bucketAt(seg, i uint32) *bucket {
	return (*bucket)(s.mem.at(seg + i*(bucketSize/unit)))
}

// matches is a set of a bucket's slots: bit 8*i for slot i of the first eight,
// bit 8*i+1 for slot 8+i.
type matches uint64

// match returns the slots of b whose tag is t. Beside the true ones it may name a
// slot above a true one, so that keys must be compared anyway; the lowest one of
// either eight is always true.
func (b *bucket) match(t uint8) matches {
	p := unsafe.Pointer(b)
	lo := *(*uint64)(p) ^ 0x0101010101010101*uint64(t)
	hi := *(*uint32)(unsafe.Add(p, 8)) ^ 0x01010101*uint32(t)
	lo = (lo - 0x0101010101010101) &^ lo & 0x8080808080808080
	hi = (hi - 0x01010101) &^ hi & 0x80808080
	return matches(lo>>7 | uint64(hi>>6))
}

// slot is the slot of the lowest bit. REQUIRES: m is not empty.
func (m matches) slot() int {
	bit := bits.TrailingZeros64(uint64(m))
	return bit>>3 + bit&1<<3
}

// rest is m without its lowest bit.
func (m matches) rest() matches { return m & (m - 1) }
