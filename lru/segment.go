package lru

// A segment keeps its own data in the meta words of its first buckets: the
// number of its entries, its depth, and the hash bits that all of them share.

func (s *Shard) segmentCount(off uint32) int { return int(s.bucketAt(off, 0).meta) }

// newSegment takes an empty segment. REQUIRES: makeRoom granted it.
func (s *Shard) newSegment(prefix uint64, depth uint) segRef {
	off := s.alloc(s.table.segment)
	clear(s.bytesAt(off, 0, int(s.buckets*bucketSize)))
	s.bucketAt(off, 1).meta = uint16(depth)
	s.bucketAt(off, 2).meta = uint16(prefix >> 16)
	s.bucketAt(off, 3).meta = uint16(prefix)
	return newSegRef(off, depth)
}

// point lets the directory find the segment at ref under its prefix.
func (s *Shard) point(ref segRef) {
	d := s.dir.Load()
	prefix := uint64(s.bucketAt(ref.off(), 2).meta)<<16 | uint64(s.bucketAt(ref.off(), 3).meta)
	span := d.depth - ref.depth()
	for i := prefix << span; i < (prefix+1)<<span; i++ {
		d.segs[i] = ref
	}
}

// segmentsNeeded is how many segments growIndex would take to make room for one
// more entry of hash h.
func (s *Shard) segmentsNeeded(h uint64) int {
	switch ref := s.segmentOf(h); {
	case ref.off() == 0:
		return 1
	case s.segmentCount(ref.off()) >= s.segFull:
		return 2
	}
	return 0
}

// growIndex makes room for an entry of hash h by one step.
// REQUIRES: makeRoom granted segmentsNeeded(h) segments.
func (s *Shard) growIndex(h uint64) {
	ref := s.segmentOf(h)
	if ref.off() == 0 {
		s.point(s.newSegment(0, 0))
		return
	}
	depth := ref.depth()
	if depth == s.dir.Load().depth {
		if depth >= s.depthLimit() {
			s.evictFrom(ref)
			return
		}
		s.doubleDirectory()
	}
	prefix := h << s.shardBits >> (64 - depth)
	zero, one := s.newSegment(prefix<<1, depth+1), s.newSegment(prefix<<1|1, depth+1)
	s.refill(ref.off(), func(hash uint64) segRef {
		if hash<<(uint(s.shardBits)+depth)>>63 == 0 {
			return zero
		}
		return one
	})
	s.point(zero)
	s.point(one)
	s.free(ref.off())
}

// depthLimit keeps the directory in proportion to the entries: only keys made to
// collide, by someone who knows the seed, can ask for more.
func (s *Shard) depthLimit() uint {
	limit := uint(6)
	for n := s.stats.entries / int64(s.segFull); n > 0; n >>= 1 {
		limit++
	}
	return min(limit, maxHashBits-uint(s.shardBits))
}

// evictFrom makes room in a segment that cannot be split by evicting one of its entries.
func (s *Shard) evictFrom(ref segRef) {
	for i := range s.buckets {
		for slot, off := range s.bucketAt(ref.off(), i).offs {
			if s.bucketAt(ref.off(), i).tags[slot] != 0 {
				s.stats.evictions++
				s.noteEvicted(off)
				s.drop(s.hashOf(off), off)
				return
			}
		}
	}
}

func (s *Shard) doubleDirectory() {
	old := s.dir.Load()
	d := &directory{depth: old.depth + 1, segs: make([]segRef, 2*len(old.segs))}
	for i, ref := range old.segs {
		d.segs[2*i], d.segs[2*i+1] = ref, ref
	}
	s.dir.Store(d)
}

// refill indexes every entry of the segment at from in the segment that to names for its hash.
func (s *Shard) refill(from uint32, to func(hash uint64) segRef) {
	s.expectEntries(from, 0)
	for i := range s.buckets {
		s.expectEntries(from, i+1)
		b := s.bucketAt(from, i)
		for slot, off := range b.offs {
			if b.tags[slot] != 0 {
				h := s.hashOf(off)
				s.insertAt(to(h), h, off)
			}
		}
	}
}

// merge joins the segment of hash h with its buddy when together they would fill
// at most half of one. Memory allowing: it never evicts to get its slot.
func (s *Shard) merge(h uint64, ref segRef) {
	depth := ref.depth()
	if depth == 0 {
		return
	}
	d := s.dir.Load()
	prefix := h << s.shardBits >> (64 - depth)
	buddy := d.segs[(prefix^1)<<(d.depth-depth)]
	if buddy.depth() != depth || s.segmentCount(ref.off())+s.segmentCount(buddy.off()) > s.segFull/2 {
		return
	}
	if s.classes[s.table.segment].room == 0 && s.freeCount == 0 {
		return
	}
	whole := s.newSegment(prefix>>1, depth-1)
	into := func(uint64) segRef { return whole }
	s.refill(ref.off(), into)
	s.refill(buddy.off(), into)
	s.point(whole)
	s.free(ref.off())
	s.free(buddy.off())
}

// hashOf recomputes the hash of an entry's key.
func (s *Shard) hashOf(off uint32) uint64 {
	h := s.entry(off)
	if !s.chained(h) {
		return hashKey(s.shared.seed, s.bytesAt(off, h.fixed(), h.keyLen()))
	}
	s.scratch = s.appendBody(s.scratch[:0], off, 0, h.keyLen())
	return hashKey(s.shared.seed, s.scratch)
}
