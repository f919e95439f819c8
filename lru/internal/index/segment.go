package index

import (
	"math/bits"

	"github.com/cachegopher/cachegopher/lru/internal/memory"
)

// A segment keeps its own data in the meta words of its first buckets: the number of its entries, its depth, and the
// hash bits shared by all its entries.

func segmentCount(m *memory.Memory, off uint32) uint32 { return uint32(bucketAt(m, off, 0).meta) }

// newSegment takes an empty segment. REQUIRES: the memory has room for it.
func (x *Index) newSegment(m *memory.Memory, prefix uint64, depth uint) Segment {
	off := m.Alloc(m.Classes().Segment)
	for i := range x.buckets {
		*bucketAt(m, off, i) = Bucket{}
	}
	bucketAt(m, off, 1).meta = uint16(depth)
	bucketAt(m, off, 2).meta = uint16(prefix >> 16)
	bucketAt(m, off, 3).meta = uint16(prefix)
	return makeSegment(off, depth)
}

// point lets the directory find the segment at ref under its prefix.
func (x *Index) point(m *memory.Memory, ref Segment) {
	m.MustChange()
	prefix := uint64(bucketAt(m, ref.Offset(), 2).meta)<<16 | uint64(bucketAt(m, ref.Offset(), 3).meta)
	span := uint(x.depth) - ref.depth()
	for i := prefix << span; i < (prefix+1)<<span; i++ {
		*x.at(i) = ref
	}
}

// MovedSegment makes the directory refer to the segment that was copied to the slot at to.
func (x *Index) MovedSegment(m *memory.Memory, to uint32) {
	x.point(m, makeSegment(to, uint(bucketAt(m, to, 1).meta)))
}

// SegmentsNeeded is how many segments Grow would take to make room for one more entry in the segment ref.
func (x *Index) SegmentsNeeded(m *memory.Memory, ref Segment) int {
	switch {
	case !ref.Exists():
		return 1
	case segmentCount(m, ref.Offset()) >= uint32(x.full):
		return 2
	}
	return 0
}

// Grow makes room for an entry of hash h by one step. entries is how many the shard has. A segment that cannot be
// split stays, and victim is one of its entries, for the caller to remove.
// REQUIRES: the memory has room for SegmentsNeeded segments.
func (x *Index) Grow(m *memory.Memory, h uint64, entries int64) (victim uint32) {
	ref := x.Segment(h)
	if ref.Offset() == 0 {
		x.point(m, x.newSegment(m, 0, 0))
		return 0
	}
	depth := ref.depth()
	if depth == uint(x.depth) && (depth >= x.depthLimit(entries) || !x.double(m)) {
		return x.anyOf(m, ref)
	}
	prefix := h << x.shardBits >> (64 - depth)
	zero, one := x.newSegment(m, prefix<<1, depth+1), x.newSegment(m, prefix<<1|1, depth+1)
	x.refill(m, ref.Offset(), func(hash uint64) Segment {
		if hash<<(uint(x.shardBits)+depth)>>63 == 0 {
			return zero
		}
		return one
	})
	x.point(m, zero)
	x.point(m, one)
	m.Free(ref.Offset())
	return 0
}

// depthLimit keeps the directory in proportion to the entries, or to what LimitDirectory was told. Two kinds of keys ask for more than
// the entries justify: those made to collide, by someone who knows the seed; and the first ones of many that come in the order of
// their hashes, as from a dump that is loaded where it was written.
func (x *Index) depthLimit(entries int64) uint {
	limit := uint(leastDepth)
	for n := entries / int64(x.full); n > 0; n >>= 1 {
		limit++
	}
	return min(max(limit, uint(x.granted)), maxHashBits-uint(x.shardBits))
}

// LimitDirectory lets the directory have so many bytes for any entries, or 8 KB if that is more. With half a byte for each entry
// that may come, all of them stay, in whatever order they come.
func (x *Index) LimitDirectory(bytes int64) {
	x.granted = uint8(max(bits.Len64(uint64(bytes/wordBytes))-1, leastDepth))
}

// leastDepth is the depth that a directory of 8 KB has.
const leastDepth = 10

// anyOf returns an entry of a segment, 0 when it is empty.
func (x *Index) anyOf(m *memory.Memory, ref Segment) uint32 {
	for i := range x.buckets {
		for slot, off := range bucketAt(m, ref.Offset(), i).offs {
			if bucketAt(m, ref.Offset(), i).tags[slot] != 0 {
				return off
			}
		}
	}
	return 0
}

// refill indexes every entry of the segment at from in the segment that to returns for its hash.
func (x *Index) refill(m *memory.Memory, from uint32, to func(hash uint64) Segment) {
	x.expectEntries(m, from, 0)
	for i := range x.buckets {
		x.expectEntries(m, from, i+1)
		b := bucketAt(m, from, i)
		for slot, off := range b.offs {
			if b.tags[slot] != 0 {
				h := x.HashOf(m, off)
				x.Insert(m, to(h), h, off)
			}
		}
	}
}

// merge joins the segment of hash h with its buddy when together they would fill at most half of one, provided that a
// slot can be had without taking a page.
func (x *Index) merge(m *memory.Memory, h uint64, ref Segment) {
	depth := ref.depth()
	if depth == 0 {
		return
	}
	prefix := h << x.shardBits >> (64 - depth)
	buddy := *x.at((prefix ^ 1) << (uint(x.depth) - depth))
	if buddy.depth() != depth || segmentCount(m, ref.Offset())+segmentCount(m, buddy.Offset()) > uint32(x.full)/2 {
		return
	}
	if !m.HasSegmentRoom() {
		return
	}
	whole := x.newSegment(m, prefix>>1, depth-1)
	into := func(uint64) Segment { return whole }
	x.refill(m, ref.Offset(), into)
	x.refill(m, buddy.Offset(), into)
	x.point(m, whole)
	m.Free(ref.Offset())
	m.Free(buddy.Offset())
}
