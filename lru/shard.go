package lru

import (
	"sync"
	"time"

	"github.com/cachegopher/cachegopher/lru/internal/index"
	"github.com/cachegopher/cachegopher/lru/internal/memory"
	"github.com/cachegopher/cachegopher/lru/internal/order"
)

// Shard is one part of a cache, with a lock of its own. Shards.Lock returns it locked. Every method REQUIRES the lock
// and, if it takes a hash, that this is Shards.Hash of a key owned by this shard.
//
// It composes three parts that know nothing of each other's decisions: memory holds the entries, index finds them by
// key, and order chooses the next to evict. Shard keeps them in step, and within the budgets.
type Shard struct {
	// The first cache line holds the lock and what a hit changes under it. The lock guards everything in the shard,
	// except what shared points to.
	mu    sync.Mutex
	order order.Order
	state uint16 // settled, moving or retired
	now   int64  // the latest time that a caller gave
	stats counters

	shared *shared // of the table; budgets synchronise themselves
	apart  *apart  // nil without prefixes

	// What readers without the lock use begins a cache line, and changes rarely.
	index index.Index
	mem   memory.Memory

	idle   order.Idle
	copied []byte // an entry copied out to be written again
	swept  int64  // when a full shard last looked for expired entries
	placed int64  // 1: place has a claim of an entry that is not there yet
	soon   *memory.Soon
	_      [64]byte
}

// cacheLine is how far apart memory must be that several processors change.
const cacheLine = memory.CacheLine

// counters are one shard's statistics.
type counters struct {
	hits, misses                    int64 // in the lock's cache line
	sets, expiring, liveBytes       int64
	deletes, evictions, expirations int64
}

// Entry names an entry of a locked shard. It is valid until the next Put, SetExpiry or Remove on that shard, or until
// Unlock.
type Entry uint32

// Unlock ends the caller's use of the shard and of all its entries. It must stay small enough to be inlined, so it does
// not call Options.OnEvict: entries evicted meanwhile are passed to it by the next operation of the Cache that stores
// something, or by Step.
func (s *Shard) Unlock() { s.mu.Unlock() }

// unlockAndTell unlocks the shard and calls Options.OnEvict for evicted entries.
func (s *Shard) unlockAndTell() {
	e := s.shared.evicted
	s.mu.Unlock()
	e.tell()
}

// setup makes s the empty shard of this number, without memory.
func (s *Shard) setup(geo geometry, sh *shared, number int) {
	s.shared = sh
	s.order.Init(sh.policy)
	s.setApart(newApart(sh.prefixes))
	s.order.Tune(int(sh.tuning.window), sh.tuning.back)
	s.index.Init(sh.seed, geo.classes.PageBytes(), geo.shardBits, number)
	s.mem.Init(geo.classes, s.index.SegmentBytes())
}

// reset makes the shard empty, however full it is. The memory stays resident until ReleaseDirty has given it back.
func (s *Shard) reset() {
	s.mem.Begin()
	s.empty()
	s.mem.End()
}

// empty is reset within a change.
func (s *Shard) empty() {
	if d := s.shared.drain; d != nil {
		d.forget(s)
	}
	s.shared.pages.release(s.mem.Held(), s.mem.Held())
	s.shared.entries.release(s.entries(), s.entries())
	s.index.Reset(&s.mem)
	s.mem.Reset()
	s.order.Reset()
	s.stats.expiring, s.stats.liveBytes = 0, 0
	s.apart.forget()
}

// entries is the number of entries in the shard, including expired ones not yet noticed.
func (s *Shard) entries() int64 { return s.order.Entries() }

// Get finds the entry of key and marks it as used now. It counts a hit or a
// miss; an expired entry is a miss and is removed.
func (s *Shard) Get(h uint64, key []byte, now int64) (Entry, bool) {
	off := s.index.Find(&s.mem, h, key)
	if off == 0 || s.expired(h, off, now) {
		s.stats.misses++
		if a := s.apart; a != nil {
			a.countUse(key, false)
		}
		if w := s.shared.watch; w.wants(h) {
			w.get(h, 0, s.apart.match(key))
		}
		return 0, false
	}
	s.stats.hits++
	if a := s.apart; a != nil {
		a.countUse(key, true)
	}
	if w := s.shared.watch; w.wants(h) {
		w.get(h, s.Footprint(Entry(off)), s.apart.match(key))
	}
	s.order.Hit(&s.mem, off, h)
	return Entry(off), true
}

// Peek finds the entry of key without counting or marking anything. An expired
// entry is not found.
func (s *Shard) Peek(h uint64, key []byte, now int64) (Entry, bool) {
	off := s.index.Find(&s.mem, h, key)
	if off == 0 || s.expired(h, off, now) {
		return 0, false
	}
	return Entry(off), true
}

// Touch marks e as used now.
func (s *Shard) Touch(e Entry) { s.order.Hit(&s.mem, uint32(e), s.hashOf(uint32(e))) }

// hashOf is the hash of the key of the entry at off.
func (s *Shard) hashOf(off uint32) uint64 { return s.index.HashOf(&s.mem, off) }

// Frequency is about how often the key with the hash h was used lately, up to 15; ok is false if the policy does not count
// that. Only LFU does.
func (s *Shard) Frequency(h uint64) (n int, ok bool) { return s.order.Frequency(h) }

// Remove takes e, whose key has the hash h, out of the cache and counts a delete.
func (s *Shard) Remove(h uint64, e Entry) {
	s.stats.deletes++
	if w := s.shared.watch; w.samples(h) {
		w.remove(h)
	}
	s.dropOne(h, uint32(e))
}

// Len is the length of e's value in bytes.
func (s *Shard) Len(e Entry) int { return s.mem.Entry(uint32(e)).ValueLen() }

// AppendValue appends e's value to dst.
func (s *Shard) AppendValue(dst []byte, e Entry) []byte {
	h := s.mem.Entry(uint32(e))
	k := h.KeyLen()
	return s.mem.Append(dst, uint32(e), k, k+h.ValueLen())
}

// AppendRange appends bytes from up to, not including, to of e's value to dst.
// REQUIRES: 0 <= from <= to <= Len(e).
func (s *Shard) AppendRange(dst []byte, e Entry, from, to int) []byte {
	k := s.mem.Entry(uint32(e)).KeyLen()
	return s.mem.Append(dst, uint32(e), k+from, k+to)
}

// AppendKey appends e's key to dst.
func (s *Shard) AppendKey(dst []byte, e Entry) []byte {
	return s.mem.Append(dst, uint32(e), 0, s.mem.Entry(uint32(e)).KeyLen())
}

// ValueEqual reports whether e's value is v.
func (s *Shard) ValueEqual(e Entry, v []byte) bool {
	h := s.mem.Entry(uint32(e))
	return h.ValueLen() == len(v) && s.mem.Equal(uint32(e), h.KeyLen(), v)
}

// Expiry returns the expiry of e, in milliseconds since the epoch; 0: never.
func (s *Shard) Expiry(e Entry) int64 { return s.mem.Expiry(uint32(e)) }

// Idle is about how long ago e was used: to a second for the last minute, more
// coarsely beyond, and up to an eighth of its shard's turnover too long for an
// entry that is used all the time.
func (s *Shard) Idle(e Entry, now int64) time.Duration {
	return s.idle.Since(&s.order, s.mem.Entry(uint32(e)), now)
}

// Footprint is the bytes of memory that e takes, slots and its share of the
// index included.
func (s *Shard) Footprint(e Entry) int {
	return s.mem.Footprint(uint32(e)) + index.EntryBytes
}
