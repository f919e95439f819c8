package index

import "github.com/cachegopher/cachegopher/lru/internal/memory"

// The functions of this file load what others will read. Bucket, Candidate and ExpectInsert require no lock: what they
// read may be changing or stale, even bytes of some value, so their results may be used for nothing but loads from
// memory that Memory.Readable allows. The race detector is told to look away; aligned words do not tear.

// Bucket returns the bucket where a lookup of h begins, nil if there is none.
//
//go:norace
func (x *Index) Bucket(m *memory.Memory, h uint64) *Bucket {
	d := x.dir.Load()
	ref := d.segs[d.slot(h, x.shardBits)]
	if off := ref.off(); m.Readable(off) { // no segment is refused: all of its page is mapped
		return bucketAt(m, off, x.home(h, ref.depth()))
	}
	return nil
}

// Candidate returns the offset beside the first tag that matches h, 0 if there is none.
//
//go:norace
func (b *Bucket) Candidate(h uint64) (off uint32) {
	if s := b.match(tagOf(h)); s != 0 {
		off = b.offs[s.slot()]
	}
	return off
}

// ExpectInsert asks the processor to load what Insert of h writes beside the bucket: the count of the segment.
//
//go:norace
func (x *Index) ExpectInsert(m *memory.Memory, h uint64) {
	d := x.dir.Load()
	if off := d.segs[d.slot(h, x.shardBits)].off(); m.Readable(off) {
		m.ExpectWrite(off, 0)
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
