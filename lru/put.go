package lru

import (
	"errors"

	"github.com/cachegopher/cachegopher/lru/internal/index"
	"github.com/cachegopher/cachegopher/lru/internal/memory"
)

// Put stores value under key, replacing an existing value, and counts as a use of it and as a set. expireAt is in
// milliseconds since the epoch, 0: never. The errors are ErrEmptyKey, ErrTooLarge, ErrClosed; ErrFull, after which key has
// what it had before; and ErrNoSpace, after which key has no entry.
func (s *Shard) Put(h uint64, key, value []byte, expireAt, now int64) error {
	return s.putAs(write{room: (*Shard).makeRoom}, h, key, value, expireAt, now)
}

// PutRenamed is Put of the value of another key of this cache, from, whose entry of size bytes the caller removes next.
// Under a policy that evicts nothing, it must not be refused because that entry is still there: it may use up to a 16th
// more than the memory's budget.
func (s *Shard) PutRenamed(from []byte, size int, h uint64, key, value []byte, expireAt, now int64) error {
	w := write{room: (*Shard).makeRoomBeyond}
	if s.apart.match(from) == s.apart.match(key) {
		w.frees = int64(size)
	}
	return s.putAs(w, h, key, value, expireAt, now)
}

// write is a kind of write: kinds differ under a policy that evicts nothing.
type write struct {
	room  roomMaker
	frees int64 // bytes that the caller removes next from the key's prefix
}

// putAs is Put as a write of this kind.
func (s *Shard) putAs(w write, h uint64, key, value []byte, expireAt, now int64) error {
	switch {
	case len(key) == 0:
		return ErrEmptyKey
	case len(key)+len(value) > MaxSize:
		return ErrTooLarge
	}
	s.now = now
	s.stats.sets++
	s.mem.Begin()
	err := s.put(w, h, key, value, expireAt, now)
	s.mem.End()
	if w := s.shared.watch; err == nil && w.samples(h) {
		if w.wants(h) {
			w.set(h, s.Footprint(Entry(s.index.Find(&s.mem, h, key))), s.apart.match(key))
		} else {
			w.gone.Forget(h)
		}
	}
	return err
}

// PutOrRemove is Put of a value that the key has on another node: if there is no room, the key has no entry afterwards
// and the error is ErrNoSpace, under every policy. One that evicts nothing may use up to a 16th more than the memory's
// budget, as PutRenamed may have done on the other node. No room all the same counts as an eviction: otherwise nobody
// would see that a secondary lacks what its primary has.
func (s *Shard) PutOrRemove(h uint64, key, value []byte, expireAt, now int64) error {
	err := s.putAs(write{room: (*Shard).makeRoomBeyond}, h, key, value, expireAt, now)
	if errors.Is(err, ErrFull) {
		s.countEvicted(h, key, s.bytesOf(key, value, expireAt))
		s.shared.evicted.add(key, value)
		if off := s.index.Find(&s.mem, h, key); off != 0 {
			s.dropOne(h, off)
		}
		return ErrNoSpace
	}
	return err
}

// put is putAs within a change.
func (s *Shard) put(w write, h uint64, key, value []byte, expireAt, now int64) error {
	if off := s.index.Find(&s.mem, h, key); off != 0 {
		at, size := s.mem.Expiry(off), s.mem.Entry(off).Size()
		if at != 0 && at <= now {
			s.countExpired(h)
		}
		if s.mem.Overwrite(off, key, value, expireAt) {
			s.countExpiry(at != 0, expireAt != 0)
			s.stats.liveBytes += int64(len(key) + len(value) - size)
			s.order.Hit(&s.mem, off, h)
			s.prepareEviction()
			return nil
		}
		return s.rewrite(w, h, off, key, value, expireAt)
	}
	if s.order.Refuses() {
		if err := s.makeRoomBelow(key, s.bytesOf(key, value, expireAt)-w.frees); err != nil {
			return err
		}
	}
	off, err := s.place(w, h, key, value, expireAt)
	if err == nil {
		s.order.Add(&s.mem, off, h, s.hashOf)
		s.prepareEviction()
	}
	return err
}

// rewrite replaces the entry at off by one in another slot.
func (s *Shard) rewrite(w write, h uint64, off uint32, key, value []byte, expireAt int64) (err error) {
	if at := s.mem.Expiry(off); s.order.Refuses() && (at == 0 || at > s.now) { // there has to be room before the entry goes
		if len(key)+len(value) > s.mem.Entry(off).Size() {
			more := s.bytesOf(key, value, expireAt) - int64(s.Footprint(Entry(off))) - w.frees
			if err := s.makeRoomBelow(key, more); err != nil {
				return err
			}
		}
		if err := w.room(s, memory.Demand{Shape: s.mem.Shape(len(key), len(value), expireAt != 0)}); err != nil {
			return err
		}
		off = s.index.Find(&s.mem, h, key) // it may have moved
	}
	stamp := s.mem.Entry(off).Stamp()
	if s.order.Refuses() { // another shard must not get the entry's claim meanwhile: nothing would be evicted for it
		s.takeOut(h, off)
		off, err = s.placeClaimed(h, key, value, expireAt, (*Shard).makeRoom)
	} else {
		s.drop(h, off)
		off, err = s.place(w, h, key, value, expireAt)
	}
	if err == nil {
		s.order.AddAgain(&s.mem, off, stamp, h)
	}
	return err
}

// place adds an entry for key to everything but the order. REQUIRES: key has no entry.
func (s *Shard) place(w write, h uint64, key, value []byte, expireAt int64) (off uint32, err error) {
	if s.apart != nil && !s.order.Refuses() {
		_ = s.makeRoomBelow(key, s.bytesOf(key, value, expireAt))
	}
	if err := s.claimEntry(); err != nil {
		return 0, err
	}
	return s.placeClaimed(h, key, value, expireAt, w.room)
}

// placeClaimed is place with a claim of an entry, which it gives back if there is no room. room makes it.
func (s *Shard) placeClaimed(h uint64, key, value []byte, expireAt int64, room roomMaker) (off uint32, err error) {
	s.placed = 1
	defer func() { s.placed = 0 }()
	shape := s.mem.Shape(len(key), len(value), expireAt != 0)
	var segment index.Segment
	for {
		segment = s.index.Segment(h)
		d := memory.Demand{Shape: shape, Segments: s.index.SegmentsNeeded(&s.mem, segment)}
		if s.mem.HasRoom(d) {
			break
		}
		if err := room(s, d); err != nil {
			s.shared.entries.release(s.entries()+1, 1)
			return 0, err
		}
		if d.Segments > 0 {
			s.growIndex(h)
		} else if segment = s.index.Segment(h); segment.Exists() { // else the index went to make room
			break
		}
	}
	off = s.mem.New(shape, key, value, expireAt)
	s.index.Insert(&s.mem, segment, h, off)
	s.stats.liveBytes += int64(len(key) + len(value))
	s.countAdded(off)
	s.countExpiry(false, expireAt != 0)
	if d := s.shared.drain; d != nil {
		d.entries.Add(1)
	}
	return off, nil
}

// growIndex makes room in the index for an entry of hash h by one step.
// REQUIRES: makeRoom granted the segments that this needs.
func (s *Shard) growIndex(h uint64) {
	if off := s.index.Grow(&s.mem, h, s.entries()); off != 0 {
		h := s.hashOf(off)
		s.countEvictedAt(h, off)
		s.noteEvicted(off)
		s.drop(h, off)
	}
}

// claimEntry claims one more entry from the budget, or reuses the claim of an entry that it evicts.
func (s *Shard) claimEntry() error {
	if s.shared.drain != nil {
		s.payForEntry()
		if d := s.shared.drain; s.order.Refuses() && d.entries.Load() >= d.maxEntries.Load() {
			return s.refusal()
		}
	}
	if s.shared.entries.claim(s.entries()) {
		return nil
	}
	// Giving the place back and asking again would let another shard have it, and entries would drift between shards.
	if !s.evict() {
		return s.refusal()
	}
	s.shared.entries.take(s.entries())
	return nil
}

// drop removes the entry at off, whose key has the hash h.
func (s *Shard) drop(h uint64, off uint32) {
	s.shared.entries.release(s.entries()+s.placed, 1)
	s.takeOut(h, off)
}

// takeOut is drop, but the entry's claim remains.
func (s *Shard) takeOut(h uint64, off uint32) {
	if s.shared.drain != nil {
		s.uncount(off)
	}
	s.countRemoved(off)
	s.index.Remove(&s.mem, h, off)
	e := s.mem.Entry(off)
	s.order.Remove(&s.mem, off)
	s.stats.liveBytes -= int64(e.Size())
	s.countExpiry(s.mem.Expiry(off) != 0, false)
	if s.mem.Chained(e) {
		s.mem.FreeChunks(off)
	}
	s.mem.Free(off)
}

// bytesOf is the bytes of memory that an entry would take, as Footprint counts them.
func (s *Shard) bytesOf(key, value []byte, expireAt int64) int64 {
	return int64(s.mem.ShapeBytes(s.mem.Shape(len(key), len(value), expireAt != 0)) + index.EntryBytes)
}
