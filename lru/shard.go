package lru

import (
	"sync"
	"sync/atomic"
	"time"
)

// Shard is one part of a cache: its own memory, index, list and lock. Cache.Lock
// hands it out locked. Every method REQUIRES the lock and, where it takes a
// hash, that the hash is Cache.Hash of the key and is owned by this shard.
type Shard struct {
	// The first cache line changes rarely; Warm reads it without the lock.
	dir           atomic.Pointer[directory]
	buckets       uint32 // of a segment
	chunkBytes    uint32 // of a chunk's slot
	shardBits     uint8  // hash bits that choose the shard
	pageUnitShift uint8  // log2 of the units of a page
	_             [6]byte
	mem           memory
	_             [cacheLine - 48]byte // 48: what stands before it, where memory is mapped

	// The second holds the lock and what a hit changes under it. All from mu on
	// is guarded by mu. TestCacheLines counts the bytes.
	mu         sync.Mutex
	head, tail uint32 // LRU list: most and least recently used
	moves      uint32 // moves to the front so far
	state      uint16 // settled, moving or retired
	now        int64  // the latest time a caller told
	stats      counters

	mark      uint32  // markBit, or 0: what entries stored now carry
	freeCount uint32  // pages that hold nothing
	shared    *shared // budgets, which synchronise themselves
	table     *sizeClasses
	sparse    uint64 // classes with at least a page's worth of free slots
	pages     []page
	classes   []classState
	held      int64  // pages in classes or free: what counts against the budget
	freePages uint32 // list of pages that hold nothing
	coldPages uint32 // list of pages whose memory the system has back
	dirtyTop  uint32 // pages from len(pages) to here may still be resident after a flush
	sweepPage uint32 // where the search for expired entries goes on
	segFull   int    // entries at which a segment is split

	idle    idleTimes
	scratch []byte // a key that is chained, put together
	copied  []byte // an entry copied out to be written again
	_       [32]byte
}

// cacheLine is how far apart memory must be that several processors change.
const cacheLine = 64

// counters are one shard's statistics.
type counters struct {
	entries, hits, misses           int64 // in the lock's cache line
	sets, expiring, liveBytes       int64
	deletes, evictions, expirations int64
}

// Entry names an entry of a locked shard. It is valid until the next Put,
// SetExpiry or Remove on that shard, or until Unlock.
type Entry uint32

// Unlock ends the caller's use of the shard and of all its entries. It must stay small enough to be inlined, so it
// does not call Options.OnEvict: what was evicted meanwhile is passed to it by the next operation of the Cache that
// stores something, or by Step.
func (s *Shard) Unlock() { s.mu.Unlock() }

// unlockAndTell unlocks the shard and calls Options.OnEvict for what was evicted.
func (s *Shard) unlockAndTell() {
	e := s.shared.evicted
	s.mu.Unlock()
	e.tell()
}

// init makes s an empty shard with addresses of its own.
func (s *Shard) init(geo geometry, table *sizeClasses, sh *shared, number int) error {
	s.setup(geo, table, sh, number)
	return s.mem.reserve(geo.reserve, s.pageUnitShift)
}

// setup makes s an empty shard without memory.
func (s *Shard) setup(geo geometry, table *sizeClasses, sh *shared, number int) {
	s.table, s.shared = table, sh
	s.shardBits, s.pageUnitShift, s.chunkBytes = uint8(geo.shardBits), uint8(geo.pageShift-3), geo.chunkBytes
	pageBytes := uint32(1) << geo.pageShift
	s.buckets = segmentBuckets(pageBytes, number)
	s.segFull = int(s.buckets) * bucketSlots * 85 / 100
	s.classes = make([]classState, len(table.sizes)+2)
	for i := range s.classes {
		switch uint8(i) {
		case table.chunk:
			s.classes[i].size = geo.chunkBytes
		case table.segment:
			s.classes[i].size = s.buckets * bucketSize
		default:
			s.classes[i].size = table.sizes[i]
		}
		s.classes[i].perPage = pageBytes / s.classes[i].size
	}
	s.reset()
}

// reset makes the shard empty, however full it is: it forgets pages, lists and
// index at once. The memory stays resident until releaseDirty has given it back.
func (s *Shard) reset() {
	s.dirtyTop = max(s.dirtyTop, uint32(len(s.pages)))
	if d := s.shared.drain; d != nil {
		d.forget(s)
	}
	s.shared.pages.release(s.held, s.held)
	s.shared.entries.release(s.stats.entries, s.stats.entries)
	if s.pages == nil {
		s.pages = make([]page, 1, 16)
	}
	s.pages = s.pages[:1]
	for i := range s.classes {
		cs := &s.classes[i]
		cs.roomy, cs.room, cs.pages = 0, 0, 0
	}
	s.sparse, s.freePages, s.freeCount, s.coldPages, s.held = 0, 0, 0, 0, 0
	s.head, s.tail, s.sweepPage = 0, 0, 0
	s.stats.entries, s.stats.expiring, s.stats.liveBytes = 0, 0, 0
	s.dir.Store(&directory{segs: make([]segRef, 1)})
}

// Get finds the entry of key and marks it as used now. It counts a hit or a
// miss; an expired entry is a miss and is removed.
func (s *Shard) Get(h uint64, key []byte, now int64) (Entry, bool) {
	off := s.find(h, key)
	if off == 0 || s.expired(h, off, now) {
		s.stats.misses++
		return 0, false
	}
	s.stats.hits++
	s.touch(off)
	return Entry(off), true
}

// Peek finds the entry of key without counting or marking anything. An expired
// entry is not found.
func (s *Shard) Peek(h uint64, key []byte, now int64) (Entry, bool) {
	off := s.find(h, key)
	if off == 0 || s.expired(h, off, now) {
		return 0, false
	}
	return Entry(off), true
}

// Touch marks e as used now.
func (s *Shard) Touch(e Entry) { s.touch(uint32(e)) }

// Remove takes e, whose key has the hash h, out of the cache and counts a delete.
func (s *Shard) Remove(h uint64, e Entry) {
	s.stats.deletes++
	s.drop(h, uint32(e))
}

// Len is the length of e's value in bytes.
func (s *Shard) Len(e Entry) int { return s.entry(uint32(e)).valueLen() }

// AppendValue appends e's value to dst.
func (s *Shard) AppendValue(dst []byte, e Entry) []byte {
	h := s.entry(uint32(e))
	k := h.keyLen()
	return s.appendBody(dst, uint32(e), k, k+h.valueLen())
}

// AppendRange appends bytes from up to, not including, to of e's value to dst.
// REQUIRES: 0 <= from <= to <= Len(e).
func (s *Shard) AppendRange(dst []byte, e Entry, from, to int) []byte {
	k := s.entry(uint32(e)).keyLen()
	return s.appendBody(dst, uint32(e), k+from, k+to)
}

// AppendKey appends e's key to dst.
func (s *Shard) AppendKey(dst []byte, e Entry) []byte {
	return s.appendBody(dst, uint32(e), 0, s.entry(uint32(e)).keyLen())
}

// ValueEqual reports whether e's value is v.
func (s *Shard) ValueEqual(e Entry, v []byte) bool {
	h := s.entry(uint32(e))
	return h.valueLen() == len(v) && s.bodyEqual(uint32(e), h.keyLen(), v)
}

// Expiry is when e expires, in milliseconds since the epoch; 0: never.
func (s *Shard) Expiry(e Entry) int64 { return s.expiry(uint32(e)) }

// Idle is about how long ago e was used: to a second for the last minute, more
// coarsely beyond, and up to an eighth of its shard's turnover too long for an
// entry that is used all the time.
func (s *Shard) Idle(e Entry, now int64) time.Duration {
	return s.idle.since(s.entry(uint32(e)).stamp&stampMask, s.moves, now)
}

// Footprint is the bytes of memory that e takes, slots and its share of the
// index included.
func (s *Shard) Footprint(e Entry) int {
	h := s.entry(uint32(e))
	shape := s.shape(h.keyLen(), h.valueLen(), h.stamp&hasExpiry != 0)
	return int(s.classes[shape.class].size) + shape.chunks*int(s.chunkBytes) + indexShare
}

// indexShare is about how many bytes of the index an entry takes.
const indexShare = bucketSize * 100 / (bucketSlots * 85)
