package lru

// Locked is a set of shards that are locked together. The zero value holds none. A value may be reused, so that locking
// does not allocate.
type Locked struct {
	c      *Cache
	t      *table   // whose shards are locked
	hashes []uint64 // their shards are wanted
	every  bool     // all shards are wanted
	wanted []uint64 // a bit for each shard
}

// LockAll locks the shards that own the hashes, in the order of their numbers, so that two callers never deadlock.
func (c Shards) LockAll(l *Locked, hashes []uint64) {
	l.hashes = append(l.hashes, hashes...)
	c.LockWanted(l)
}

// Want adds the shard that owns h to those that LockWanted will lock. REQUIRES: l holds no locks.
func (c Shards) Want(l *Locked, h uint64) { l.hashes = append(l.hashes, h) }

// WantEvery is Want for all shards.
func (c Shards) WantEvery(l *Locked) { l.every = true }

// LockWanted locks the shards that Want and WantEvery named, like LockAll.
func (c Shards) LockWanted(l *Locked) {
	l.c = c.Cache
	for l.lock() == retired {
		l.each(func(s *Shard) { s.mu.Unlock() })
	}
	if len(l.t.shared.olds) > 0 {
		for _, h := range l.hashes {
			l.t.shard(h).fetch(h)
		}
	}
}

// lock locks the wanted shards of the table that is current at the start, and returns their state, which is the same for
// all. It is retired if another table has become current.
func (l *Locked) lock() (state uint16) {
	l.t = l.c.table.Load()
	if n := (len(l.t.shards) + 63) / 64; len(l.wanted) != n {
		l.wanted = make([]uint64, n)
	}
	clear(l.wanted)
	for _, h := range l.hashes {
		i := h >> l.t.shardShift
		l.wanted[i/64] |= 1 << (i % 64)
	}
	if l.every {
		for i := range l.t.shards {
			l.wanted[i/64] |= 1 << (i % 64)
		}
	}
	l.each(func(s *Shard) {
		s.mu.Lock()
		state = s.state
	})
	return state
}

// Shard is the locked shard that owns h. REQUIRES: h was wanted. If every shard was wanted, the call may invalidate the
// entries of the shard that the caller holds.
func (l *Locked) Shard(h uint64) *Shard {
	s := l.t.shard(h)
	if l.every && s.state == moving {
		s.fetch(h)
	}
	return s
}

// Len is the number of entries, including expired ones that are not removed yet. REQUIRES: l holds every shard.
func (l *Locked) Len() (n int64) {
	l.everyShard(func(s *Shard) { n += s.entries() })
	return n
}

// Flush empties the cache like Cache.Flush. REQUIRES: l holds every shard.
func (l *Locked) Flush() {
	l.everyShard((*Shard).reset)
	l.c.watch.flush()
	l.c.nudge()
}

// everyShard calls fn for all shards, including those of older tables. REQUIRES: l holds every shard, so that the set of
// tables cannot change.
func (l *Locked) everyShard(fn func(*Shard)) {
	l.each(fn)
	for _, o := range l.t.shared.olds {
		for i := range o.shards {
			o.shards[i].mu.Lock()
			fn(&o.shards[i])
			o.shards[i].mu.Unlock()
		}
	}
}

// keptHashes is the capacity up to which a Locked keeps its slice of hashes.
const keptHashes = 4096

// Unlock unlocks them all; l may be used for another LockAll.
func (l *Locked) Unlock() {
	l.each(func(s *Shard) { s.mu.Unlock() })
	if l.every, l.hashes = false, l.hashes[:0]; cap(l.hashes) > keptHashes {
		l.hashes = nil
	}
	if l.c.evicted != nil {
		l.c.evicted.tell()
	}
}

func (l *Locked) each(fn func(*Shard)) {
	for i := range l.t.shards {
		if l.wanted[i/64]&(1<<(i%64)) != 0 {
			fn(&l.t.shards[i])
		}
	}
}

// tables are the current table and the old ones with entries left, youngest first.
// REQUIRES: c.limits or c.sums is held.
func (c *Cache) tables() []*table {
	t := c.table.Load()
	return append([]*table{t}, t.shared.olds...)
}

// lockEach locks every shard of every table, in the order that migrate.go prescribes. REQUIRES: c.limits is held.
func (c *Cache) lockEach() {
	for _, t := range c.tables() {
		t.lock()
	}
}

func (c *Cache) unlockEach() { c.unlockTables(c.tables()) }

func (c *Cache) unlockTables(tables []*table) {
	for _, t := range tables {
		t.unlock()
	}
}

// eachShard calls fn for every shard of every table, locked one after another.
func (c *Cache) eachShard(fn func(*Shard)) {
	c.limits.Lock()
	defer c.limits.Unlock()
	for _, t := range c.tables() {
		for i := range t.shards {
			s := &t.shards[i]
			s.mu.Lock()
			fn(s)
			s.mu.Unlock()
		}
	}
}
