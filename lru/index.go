package lru

// The index of a shard is an extendible hash table (Fagin et al. 1979): a
// directory of segments, each a small open-addressing table of its own. A full
// segment is split in two, so that no insert ever waits for more than one
// segment's worth of entries, however large the shard is. A segment's buckets
// lie in the order of the hash, which gives walks a cursor that survives splits.
//
// Of a hash, the top bits choose the shard, the next ones the segment, the next
// 32 the bucket within the segment, and the lowest eight make the tag.

// segRef is a segment's offset and, in the low 8 bits, how many hash bits all of
// its entries share; offset 0: not allocated yet.
type segRef uint64

func newSegRef(off uint32, depth uint) segRef { return segRef(off)<<8 | segRef(depth) }
func (r segRef) off() uint32                  { return uint32(r >> 8) }
func (r segRef) depth() uint                  { return uint(r & 0xff) }

// directory is replaced, never changed in size, so that Warm can read it without the lock.
type directory struct {
	depth uint // log2 of len(segs)
	segs  []segRef
}

// maxHashBits bounds how many bits of a hash shard and segment take together,
// whatever hashes arrive; a cursor has bits to spare for them and the bucket.
const maxHashBits = 24

// segmentBuckets is the number of buckets of the segments of a shard. Shards
// take different sizes, so that their segments fill up, and the index doubles,
// at different times: the memory of the whole index grows evenly.
func segmentBuckets(pageBytes uint32, shard int) uint32 {
	most := pageBytes / bucketSize
	// 16 to 31 buckets in even steps of the logarithm, as many as fit a page evenly.
	steps := [...]uint32{16, 23, 19, 27, 17, 25, 21, 29}
	perPage := most / steps[shard%len(steps)]
	return most / perPage
}

func tagOf(h uint64) uint8 { return uint8((h&0xff)*254>>8) + 1 }

func (d *directory) slot(h uint64, shardBits uint8) uint64 {
	return h << shardBits >> (64 - d.depth)
}

// home is the bucket where an entry of hash h belongs in a segment of this depth.
func (s *Shard) home(h uint64, depth uint) uint32 {
	frac := h << (uint(s.shardBits) + depth) >> 32
	return uint32(frac * uint64(s.buckets) >> 32)
}

func (s *Shard) segmentOf(h uint64) segRef {
	d := s.dir.Load()
	return d.segs[d.slot(h, s.shardBits)]
}

// find returns the offset of the entry of key, 0 if there is none.
func (s *Shard) find(h uint64, key []byte) uint32 {
	ref := s.segmentOf(h)
	if ref.off() == 0 {
		return 0
	}
	i, tag := s.home(h, ref.depth()), tagOf(h)
	for n := s.buckets; n > 0; n-- {
		b := s.bucketAt(ref.off(), i)
		for m := b.match(tag); m != 0; m = m.rest() {
			if off := b.offs[m.slot()]; s.keyIs(off, key) {
				return off
			}
		}
		if b.overflow == 0 {
			return 0
		}
		if i++; i == s.buckets {
			i = 0
		}
	}
	return 0
}

// keyIs reports whether off, which may be 0 or stand beside an unused tag, is
// the entry of key.
func (s *Shard) keyIs(off uint32, key []byte) bool {
	if off == 0 {
		return false
	}
	h := s.entry(off)
	return int(h.klen) == len(key)-1 && s.bodyEqual(off, 0, key)
}

// locate returns the bucket and slot that hold the offset off under the hash h.
// REQUIRES: off is indexed under h.
func (s *Shard) locate(h uint64, off uint32) (b *bucket, slot int) {
	ref := s.segmentOf(h)
	i := s.home(h, ref.depth())
	for n := s.buckets; n > 0; n-- {
		b := s.bucketAt(ref.off(), i)
		for slot := range b.offs {
			if b.offs[slot] == off {
				return b, slot
			}
		}
		if i++; i == s.buckets {
			i = 0
		}
	}
	panic("lru: entry is not in the index")
}

// insertAt indexes off in the segment. REQUIRES: the segment has an empty slot.
func (s *Shard) insertAt(ref segRef, h uint64, off uint32) {
	s.bucketAt(ref.off(), 0).meta++
	i := s.home(h, ref.depth())
	for {
		b := s.bucketAt(ref.off(), i)
		if slot := b.empty(); slot >= 0 {
			b.tags[slot], b.offs[slot] = tagOf(h), off
			return
		}
		b.overflow++
		if i++; i == s.buckets {
			i = 0
		}
	}
}

// empty returns an unused slot of b, or -1.
func (b *bucket) empty() int {
	if m := b.match(0); m != 0 {
		return m.slot()
	}
	return -1
}

// unindex removes off from the index, and merges its segment with its buddy when
// both have become nearly empty.
func (s *Shard) unindex(h uint64, off uint32) {
	ref := s.segmentOf(h)
	for i := s.home(h, ref.depth()); ; {
		b := s.bucketAt(ref.off(), i)
		for slot := range b.offs {
			if b.offs[slot] == off {
				b.tags[slot], b.offs[slot] = 0, 0
				count := &s.bucketAt(ref.off(), 0).meta
				*count--
				if int(*count) < s.segFull/4 && *count%8 == 0 {
					s.merge(h, ref)
				}
				return
			}
		}
		b.overflow--
		if i++; i == s.buckets {
			i = 0
		}
	}
}
