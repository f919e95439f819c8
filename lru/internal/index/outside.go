package index

import (
	"sync/atomic"

	"github.com/cachegopher/cachegopher/lru/internal/memory"
	"github.com/cachegopher/cachegopher/lru/internal/region"
)

// Outside is a shard's index as another process reads it, without the shard's lock: see memory.Outside, which holds for it
// too.
type Outside struct {
	arena       *memory.Outside
	control     *region.Control
	directories []uint64 // of all shards
	row         uint64   // the word of them at which the shard's begins while it has depth 0
	buckets     uint64   // of a segment
	bits        uint     // of a hash that choose the shard
}

// NewOutside returns the index of a shard of the table in r, whose entries are in arena.
func NewOutside(r *region.Region, shard int, arena *memory.Outside) Outside {
	return Outside{
		arena: arena, control: r.Control(shard), directories: r.Directories(), row: uint64(r.DirectoryAt(shard, 0)),
		buckets: uint64(segmentBuckets(1<<r.PageShift, shard)), bits: r.ShardBits(),
	}
}

// home is the segment of the hash h, with all of its buckets in the arena, and the bucket in it where h belongs; 0: there is no
// such segment.
func (x *Outside) home(h uint64) (seg uint32, bucket uint64) {
	depth := uint(atomic.LoadUint32(&x.control.Depth))
	at := x.row<<depth + h<<x.bits>>(64-depth)
	if depth > maxHashBits || at >= uint64(len(x.directories)) {
		return 0, 0
	}
	ref := Segment(atomic.LoadUint64(&x.directories[at]))
	if seg = ref.Offset(); !x.arena.Has(seg, x.buckets*bucketSize) {
		return 0, 0
	}
	return seg, h << (x.bits + ref.depth()) >> 32 * x.buckets >> 32
}

// tagsOf has the tag of h in each byte.
func tagsOf(h uint64) uint64 { return 0x0101010101010101 * uint64(tagOf(h)) }

// Candidate returns the offset of an entry whose hash may be h, 0 if there is none where h belongs. It is for Ahead of package
// view.
func (x *Outside) Candidate(h uint64) (off uint32) {
	seg, i := x.home(h)
	if seg == 0 {
		return 0
	}
	b := i * bucketSize
	m := matching(x.arena.Word(seg, b), uint32(x.arena.Word(seg, b+8)), tagsOf(h))
	if m == 0 {
		return 0
	}
	slot := uint64(m.slot())
	return uint32(x.arena.Word(seg, b+16+slot/2*8) >> (slot % 2 * 32))
}

// Find finds the entry of key, whose hash is h, and describes it in e.
func (x *Outside) Find(e *memory.Outline, h uint64, key []byte) bool {
	seg, i := x.home(h)
	if seg == 0 {
		return false
	}
	tags := tagsOf(h)
	for n := x.buckets; n > 0; n-- {
		b := i * bucketSize
		low, high := x.arena.Word(seg, b), x.arena.Word(seg, b+8)
		for m := matching(low, uint32(high), tags); m != 0; m = m.rest() {
			slot := uint64(m.slot())
			off := uint32(x.arena.Word(seg, b+16+slot/2*8) >> (slot % 2 * 32))
			if off == 0 {
				continue
			}
			if x.arena.Outline(e, off, len(key)) && x.arena.KeyIs(e, key) {
				return true
			}
		}
		if uint16(high>>32) == 0 { // overflow
			return false
		}
		if i++; i == x.buckets {
			i = 0
		}
	}
	return false
}

// matching is Bucket.match of a bucket with these tags, where tags has the wanted one in each byte.
func matching(low uint64, high uint32, tags uint64) matches {
	lo, hi := low^tags, high^uint32(tags)
	lo = (lo - 0x0101010101010101) &^ lo & 0x8080808080808080
	hi = (hi - 0x01010101) &^ hi & 0x80808080
	return matches(lo>>7 | uint64(hi>>6))
}
