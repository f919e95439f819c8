package lru

import (
	"time"
)

// SetLimits makes a new table current if the budgets need other shards. The background work moves the entries of older
// tables to it. Locking a shard for a hash moves the entries of that hash at once, so a key is in one table at most, and
// in the current one once its shard is locked.
//
// The background work moves the newest entries first and adds each as the oldest of its new shard, which keeps their
// order. Until it is done, room is made by evicting from old shards.
//
// Lock order: Cache.limits, Cache.sums, then shards of the current table, then shards of older tables, youngest first. Two shards of
// one old table are held together only while all shards of the current table are locked.

// moveBatch is the most entries moved from one shard before it is the next one's turn. A small shard gives fewer, so that
// shards are merged in about their order of use.
const moveBatch = 16

// moveEntries moves entries to the current table for about limit, and reports whether any are left.
func (c *Cache) moveEntries(limit time.Duration) (more bool) {
	start := time.Now()
	for {
		c.limits.Lock()
		more = c.moveSome()
		c.limits.Unlock()
		c.evicted.tell()
		if !more || time.Since(start) > limit {
			return more
		}
	}
}

// moveSome moves a few entries, or evicts some if the budgets are exceeded, and reports whether there is more to do.
// REQUIRES: c.limits is held.
func (c *Cache) moveSome() bool {
	t := c.table.Load()
	if len(t.shared.olds) == 0 {
		return false
	}
	if t.shared.drain.over() && t.shared.shed(t.pageBytes(), t.newest()) {
		return true
	}
	o := t.shared.olds[0]
	for range o.shards {
		c.turn++
		from := &o.shards[int(c.turn)%len(o.shards)]
		if c.moveFrom(from, t) {
			return true
		}
	}
	c.drop(o)
	return len(t.shared.olds) > 0
}

// newest is the latest time that a caller gave to the first shard of t.
func (t *table) newest() int64 {
	s := &t.shards[0]
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

// moveFrom moves a batch of entries of from, a shard of the youngest old table, and reports whether there were any. Then
// it gives memory that from no longer needs back to the system.
func (c *Cache) moveFrom(from *Shard, t *table) (moved bool) {
	from.mu.Lock()
	n := min(1+int(from.entries()/64), moveBatch)
	from.mu.Unlock()
	for n > 0 {
		h, ok := from.first()
		if !ok {
			break
		}
		to := t.shard(h)
		to.mu.Lock()
		for ; n > 0; n-- {
			if h, ok = from.first(); !ok || t.shard(h) != to {
				break
			}
			to.fetchFrom(from, 0, h)
			moved = true
		}
		to.mu.Unlock()
	}
	from.mu.Lock()
	from.compact()
	from.mu.Unlock()
	return moved
}

// first is the hash of the newest entry.
func (s *Shard) first() (h uint64, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	off := s.order.Newest()
	if off == 0 {
		return 0, false
	}
	return s.index.HashOf(&s.mem, off), true
}

// compact gives memory that an old shard no longer needs back to the system.
func (s *Shard) compact() {
	if s.entries() == 0 {
		if s.mem.Pages() > 1 {
			s.reset()
		}
		for s.mem.ReleaseDirty() {
		}
		return
	}
	for s.emptyPage() {
	}
	for s.mem.FreePages() > 0 {
		s.coolPage()
	}
}

// drop forgets the old table o, which is empty. REQUIRES: c.limits is held.
func (c *Cache) drop(o *table) {
	c.sums.Lock()
	defer c.sums.Unlock()
	tables := c.tables()
	c.lockEach()
	defer c.unlockTables(tables)
	t := tables[0]
	var left []*table
	for _, other := range t.shared.olds {
		if other != o {
			left = append(left, other)
		}
	}
	t.shared.olds = left
	o.discard()
	if o.file != nil {
		c.dropFile(o.file.os)
	}
	for i := range o.shards {
		c.past.add(&o.shards[i].stats)
		if p := c.prefixes; p != nil {
			p.past.add(o.shards[i].apart)
			o.shards[i].apart.close()
		}
	}
	if len(left) == 0 {
		t.shared.drain = nil
		t.setState(settled)
		c.share(t)
	}
}

// fetch moves the entries of hash h from older tables to s, which is locked and owns h.
func (s *Shard) fetch(h uint64) {
	for i, o := range s.shared.olds {
		s.fetchFrom(o.shard(h), i, h)
	}
}

// fetchFrom moves the entries of hash h from a shard of the old table number i to s, as its oldest.
// REQUIRES: s is locked, from is not.
func (s *Shard) fetchFrom(from *Shard, i int, h uint64) {
	for {
		from.mu.Lock()
		off := from.index.FindAny(&from.mem, h)
		if off == 0 {
			from.mu.Unlock()
			return
		}
		e := from.mem.Entry(off)
		klen, n, expireAt := e.KeyLen(), e.Size(), from.mem.Expiry(off)
		generation, stamp := e.Generation(), s.stampFor(from, i, h, e.Stamp())
		s.copied = from.mem.Append(s.copied[:0], off, 0, n)
		from.dropOne(h, off)
		from.mu.Unlock() // making room below may lock it
		s.adopt(h, s.copied[:klen], s.copied[klen:n], expireAt, generation, stamp)
	}
}

// adopt adds an entry as the oldest.
func (s *Shard) adopt(h uint64, key, value []byte, expireAt int64, generation, stamp uint32) {
	s.mem.Begin()
	defer s.mem.End()
	off, err := s.placeMoved(h, key, value, expireAt)
	if err != nil {
		s.countEvicted(h, key, s.bytesOf(key, value, expireAt))
		s.shared.evicted.add(key, value)
		return
	}
	s.mem.Entry(off).SetGeneration(generation)
	s.order.AddOldest(&s.mem, off, stamp)
}

// placeMoved is place for an entry of an older table. Under a policy that evicts nothing, new entries leave it its room: see
// growPage and claimEntry.
func (s *Shard) placeMoved(h uint64, key, value []byte, expireAt int64) (off uint32, err error) {
	if !s.order.Refuses() {
		return s.place(write{room: (*Shard).makeRoom}, h, key, value, expireAt)
	}
	if !s.shared.entries.claim(s.entries()) {
		if d := s.shared.drain; d.entries.Load() > d.maxEntries.Load() {
			return 0, ErrFull
		}
		s.shared.entries.take(s.entries()) // the hash gave this shard more than its share
	}
	return s.placeClaimed(h, key, value, expireAt, (*Shard).makeRoomBeyond)
}
