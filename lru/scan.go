package lru

import "math/bits"

// A walk goes through the hashes in ascending order, one home bucket at a time.
// Its cursor is the lowest hash not yet visited, without its lowest byte. An
// entry's hash never changes, and a bucket stands for a range of hashes however
// often segments are split or merged, so an entry that is there from start to
// end is met at least once; one that shares a bucket with the cursor may be met
// twice.

const cursorShift = 8 // bits of a hash that a cursor leaves out

// Scan visits the entries from cursor on until count of them have been seen, a
// whole bucket at a time, and returns the cursor to go on from; 0 begins a walk,
// and is returned at its end. It visits at most a few dozen buckets and one
// shard's lock is held only for one segment at a time, so that no one waits for
// a walk. Expired entries are not shown. fn is called under the shard's lock
// and must not call the cache; key is valid only during the call.
func (c *Cache) Scan(cursor uint64, count int, now int64, fn func(s *Shard, e Entry, key []byte)) (next uint64) {
	pos := cursor << cursorShift
	for buckets := 64 + count/4; count > 0 && buckets > 0; {
		s := c.Lock(pos)
		seen, walked, after := s.scan(pos, buckets, now, fn, func(seen int) bool { return seen >= count })
		s.Unlock()
		if after>>cursorShift == 0 {
			return 0 // past the last hash
		}
		pos = after
		count -= seen
		buckets -= walked
	}
	return pos >> cursorShift
}

// scan visits buckets of the segment that owns the hash pos, from pos on, and
// returns the lowest hash not visited, 0 when there is none. After each bucket it
// asks whether the entries seen so far are enough.
func (s *Shard) scan(pos uint64, buckets int, now int64, fn func(*Shard, Entry, []byte), enough func(seen int) bool) (seen, walked int, after uint64) {
	ref := s.segmentOf(pos)
	bitsUsed := uint(s.shardBits) + ref.depth()
	span := uint64(1) << (64 - bitsUsed) // hashes of the segment; 0 when it has all
	start := pos &^ (span - 1)
	if ref.off() == 0 {
		return 0, 1, start + span
	}
	b := s.home(pos, ref.depth())
	s.expectEntries(ref.off(), b)
	for {
		s.expectEntries(ref.off(), b+1)
		seen += s.scanBucket(ref, b, now, fn)
		walked++
		if b++; b == s.buckets {
			return seen, walked, start + span
		}
		if walked >= buckets || enough(seen) {
			// The lowest of the 32 bits that choose bucket b.
			frac := (uint64(b)<<32 + uint64(s.buckets) - 1) / uint64(s.buckets)
			return seen, walked, start + frac<<(32-bitsUsed)
		}
	}
}

// scanBucket visits the entries whose home is bucket b, some of which stand in
// the buckets after it.
func (s *Shard) scanBucket(ref segRef, b uint32, now int64, fn func(*Shard, Entry, []byte)) (seen int) {
	for i, n := b, s.buckets; n > 0; n-- {
		bk := s.bucketAt(ref.off(), i)
		for slot, off := range bk.offs {
			if bk.tags[slot] == 0 {
				continue
			}
			key := s.keyOf(off)
			if s.home(hashKey(s.shared.seed, key), ref.depth()) != b {
				continue
			}
			seen++
			if at := s.expiry(off); at == 0 || at > now {
				fn(s, Entry(off), key)
			}
		}
		if bk.overflow == 0 {
			break
		}
		if i++; i == s.buckets {
			i = 0
		}
	}
	return seen
}

// keyOf returns the entry's key; valid until the next use of the shard's scratch.
func (s *Shard) keyOf(off uint32) []byte {
	h := s.entry(off)
	if !s.chained(h) {
		return s.bytesAt(off, h.fixed(), h.keyLen())
	}
	s.scratch = s.appendBody(s.scratch[:0], off, 0, h.keyLen())
	return s.scratch
}

// Random appends the key of some entry to dst; ok is false when the cache is
// empty. The choice is even enough to sample by, not exactly uniform.
func (c *Cache) Random(dst []byte, now int64) (key []byte, ok bool) {
	for try := range 8 {
		cursor := c.rand.Uint64() >> cursorShift
		if try == 7 {
			cursor = 0 // the cache is nearly empty: walk it
		}
		for {
			n := uint64(0)
			var pick []byte
			cursor = c.Scan(cursor, 8, now, func(_ *Shard, _ Entry, k []byte) {
				n++
				if hi, _ := bits.Mul64(c.rand.Uint64(), n); hi == 0 {
					pick = append(dst[len(dst):], k...)
				}
			})
			if n > 0 {
				return append(dst, pick...), true
			}
			if cursor == 0 {
				break
			}
		}
	}
	return dst, false
}
