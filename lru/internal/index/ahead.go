package index

import "github.com/cachegopher/cachegopher/lru/internal/memory"

// SegmentAhead, Home, Candidate and ExpectInsert require no lock: the memory they read may be changing or stale, even bytes of
// some value, so their results may be used for nothing but loads from memory that Memory.Readable allows. The race
// detector does not check them; aligned words do not tear.

// SegmentAhead is Segment without the lock.
//
//go:norace
func (x *Index) SegmentAhead(h uint64) Segment {
	return x.ahead(h)
}

// Home is the bucket of the segment ref where a lookup of h begins. REQUIRES: Memory.Readable of the segment's offset,
// which is true of all segments, and then of all buckets.
//
//go:norace
func (x *Index) Home(m *memory.Memory, ref Segment, h uint64) *Bucket {
	return bucketAt(m, ref.Offset(), x.home(h, ref.depth()))
}

// Candidate returns the offset beside the first tag that matches h, 0 if none matches.
//
//go:norace
func (b *Bucket) Candidate(h uint64) (off uint32) {
	if s := b.match(tagOf(h)); s != 0 {
		off = b.offs[s.slot()]
	}
	return off
}

// ExpectInsert prefetches what Insert of h writes apart from the bucket: the segment's count.
//
//go:norace
func (x *Index) ExpectInsert(m *memory.Memory, h uint64) {
	if off := x.SegmentAhead(h).Offset(); m.Readable(off) {
		m.ExpectWrite(off, 0)
	}
}

// ExpectRemoval asks the processor for what Remove of an entry with the hash h will change: the bucket where it belongs, and the
// segment's count. REQUIRES the lock.
func (x *Index) ExpectRemoval(m *memory.Memory, h uint64) {
	if ref := x.Segment(h); ref.Exists() {
		m.ExpectWrite(ref.Offset(), x.home(h, ref.depth())*(bucketSize/unit))
		m.ExpectWrite(ref.Offset(), 0)
	}
}

// expectEntries asks for the entries of bucket b of the segment at seg, if it has that bucket. Entries met in the order
// of their hashes lie anywhere in memory; without this, whoever walks the index would wait for each in turn.
func (x *Index) expectEntries(m *memory.Memory, seg, b uint32) {
	if b >= x.buckets {
		return
	}
	bk := bucketAt(m, seg, b)
	for slot, off := range bk.offs {
		if bk.tags[slot] != 0 {
			m.Expect(off)
		}
	}
}
