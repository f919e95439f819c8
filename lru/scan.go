package lru

import (
	"math"
	"math/bits"
)

// A walk visits hashes in ascending order, one home bucket at a time: see package index. Its cursor is the lowest hash
// not yet visited, without its lowest byte. An entry that is there from start to end is visited at least once; one that
// shares a bucket with the cursor may be visited twice.

const cursorShift = 8 // bits of a hash that a cursor leaves out

// Scan is one step of a walk. It starts at cursor, 0 at first, visits whole buckets until it has seen count entries, and
// returns the cursor for the next step, 0 at the end. It visits at most a few dozen buckets and holds a shard's lock for
// one segment at a time. Expired entries are skipped, but count. fn is called under the shard's lock and must not call
// the cache; r, e and key are valid only during the call.
func (c Shards) Scan(cursor uint64, count int, now int64, fn func(r Reader, e Entry, key []byte)) (next uint64) {
	pos := cursor << cursorShift
	for buckets := 64 + count/4; count > 0 && buckets > 0; {
		s := c.lock(pos)
		seen, walked, after := s.scan(pos, buckets, now, visitor{fn: fn, enough: func(seen int) bool { return seen >= count }})
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

// Visit is one step of a walk, like one of Scan, but under a single hold of one shard's lock. It stops at the first
// bucket boundary where enough, which is asked after each bucket, returns true. done is called before the lock is
// released: its notes are consistent with the entries. None of the three may call the cache; r, e and key are valid only
// during the call.
func (c Shards) Visit(cursor uint64, now int64, fn func(r Reader, e Entry, key []byte), enough func() bool, done func()) (next uint64) {
	pos := cursor << cursorShift
	s := c.lock(pos)
	defer s.Unlock()
	_, _, after := s.scan(pos, visitBuckets, now, visitor{fn: fn, enough: func(int) bool { return enough() }})
	done()
	return after >> cursorShift
}

// visitBuckets is the most buckets looked at under one lock.
const visitBuckets = 128

// visit is one step of a walk under a single hold of one shard's lock; now is math.MinInt64 to see expired entries too.
func (c *Cache) visit(cursor uint64, now int64, v visitor) (next uint64) {
	pos := cursor << cursorShift
	s := c.lock(pos)
	defer s.Unlock()
	_, _, after := s.scan(pos, visitBuckets, now, v)
	return after >> cursorShift
}

// visitor has the functions that a walk calls. Only done may change the shard.
type visitor struct {
	fn     func(r Reader, e Entry, key []byte)
	enough func(seen int) bool // asked after each bucket
	done   func(s *Shard)      // called before a shard that was visited is unlocked; may be nil
}

func (v *visitor) leave(s *Shard) {
	if v.done != nil {
		v.done(s)
	}
}

// scan visits buckets of the segment that owns the hash pos, starting at pos, and returns the lowest hash not visited, 0
// if there is none. After each bucket it asks whether it has seen enough entries.
func (s *Shard) scan(pos uint64, buckets int, now int64, v visitor) (seen, walked int, after uint64) {
	if s.state == moving {
		return s.scanTables(pos, buckets, now, v)
	}
	defer v.leave(s)
	s.index.Expect(&s.mem, pos, 0)
	for end := s.index.SegmentEnd(pos); ; {
		last := s.index.BucketEnd(pos)
		s.index.Expect(&s.mem, pos, 1)
		seen += s.scanBucket(pos, 0, math.MaxUint64, now, v.fn)
		walked++
		if last >= end || walked >= buckets || v.enough(seen) {
			return seen, walked, last + 1
		}
		pos = last + 1
	}
}

// scanTables is scan for a shard that is moving: it visits older tables too.
func (s *Shard) scanTables(pos uint64, buckets int, now int64, v visitor) (seen, walked int, after uint64) {
	for end := s.index.SegmentEnd(pos); ; {
		last := s.index.BucketEnd(pos)
		for _, o := range s.shared.olds {
			from := o.shard(pos)
			from.mu.Lock()
			last = min(last, from.index.BucketEnd(pos))
			seen += from.scanBucket(pos, pos, last, now, v.fn)
			v.leave(from)
			from.mu.Unlock()
		}
		seen += s.scanBucket(pos, pos, last, now, v.fn)
		v.leave(s)
		walked++
		if last >= end || walked >= buckets || v.enough(seen) {
			return seen, walked, last + 1
		}
		pos = last + 1
	}
}

// scanBucket visits the entries whose home bucket is that of pos and whose hash is from low to high.
func (s *Shard) scanBucket(pos, low, high uint64, now int64, fn func(Reader, Entry, []byte)) (seen int) {
	s.index.Each(&s.mem, pos, low, high, func(off uint32, hash uint64, key []byte) {
		seen++
		if at := s.mem.Expiry(off); at == 0 || at > now {
			fn(Reader{s, hash}, Entry(off), key)
		}
	})
	return seen
}

// Random appends the key of a random entry to dst; ok is false if the cache is empty. The choice is even enough for
// sampling, but not exactly uniform.
func (c Shards) Random(dst []byte, now int64) (key []byte, ok bool) {
	for try := range 8 {
		cursor := c.rand.Uint64() >> cursorShift
		if try == 7 {
			cursor = 0 // the cache is nearly empty: walk it
		}
		for {
			n := uint64(0)
			var pick []byte
			cursor = c.Scan(cursor, 8, now, func(_ Reader, _ Entry, k []byte) {
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
