package index

import (
	"math"

	"github.com/cachegopher/cachegopher/lru/internal/memory"
)

// A walk goes through the hashes in ascending order, one home bucket at a time. An entry's hash never changes, and a
// bucket stands for a range of hashes however often segments are split or merged, so an entry present from start
// to end is met at least once.

// SegmentEnd is the last hash of the segment that owns h.
func (x *Index) SegmentEnd(h uint64) uint64 {
	bitsUsed := uint(x.shardBits) + x.Segment(h).depth()
	return h | math.MaxUint64>>bitsUsed
}

// BucketEnd is the last hash whose home is that of h.
func (x *Index) BucketEnd(h uint64) uint64 {
	ref := x.Segment(h)
	end := x.SegmentEnd(h)
	if ref.Offset() == 0 {
		return end
	}
	b := x.home(h, ref.depth()) + 1
	if b == x.buckets {
		return end
	}
	bitsUsed := uint(x.shardBits) + ref.depth()
	start := end &^ (math.MaxUint64 >> bitsUsed)
	// The lowest of the 32 bits that choose bucket b.
	frac := (uint64(b)<<32 + uint64(x.buckets) - 1) / uint64(x.buckets)
	return start + frac<<(32-bitsUsed) - 1
}

// Expect asks the processor to load the entries of the bucket that is n after the home of h.
func (x *Index) Expect(m *memory.Memory, h uint64, n uint32) {
	if ref := x.Segment(h); ref.Offset() != 0 {
		x.expectEntries(m, ref.Offset(), x.home(h, ref.depth())+n)
	}
}

// Each calls fn for the entries whose home is that of h and whose hash, which it gets with the key, is from low to high. fn
// may not change the shard; key is valid only during the call.
func (x *Index) Each(m *memory.Memory, h, low, high uint64, fn func(off uint32, hash uint64, key []byte)) {
	ref := x.Segment(h)
	if !ref.Exists() {
		return
	}
	var tag uint8 // 0: any
	if low == high {
		tag = tagOf(low)
	}
	home := x.home(h, ref.depth())
	for i, n := home, x.buckets; n > 0; n-- { // some stand in the buckets after their home
		b := bucketAt(m, ref.Offset(), i)
		for slot, off := range b.offs {
			if off == 0 || tag != 0 && b.tags[slot] != tag {
				continue
			}
			key := m.Key(off)
			if eh := Hash(x.seed, key); x.home(eh, ref.depth()) == home && low <= eh && eh <= high {
				fn(off, eh, key)
			}
		}
		if b.overflow == 0 {
			return
		}
		if i++; i == x.buckets {
			i = 0
		}
	}
}

// FindAny returns the offset of an entry of hash h, whatever its key, 0 if there is none.
func (x *Index) FindAny(m *memory.Memory, h uint64) (off uint32) {
	x.Each(m, h, h, h, func(o uint32, _ uint64, _ []byte) { off = o })
	return off
}
