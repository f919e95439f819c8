package lru

// Locked is a set of shards locked together. The zero value holds none; one
// value may be reused, so that locking does not allocate.
type Locked struct {
	c      *Cache
	wanted []uint64 // a bit a shard
}

// LockAll locks the shards that own the hashes, in the order of their numbers,
// so that two callers never wait for each other.
func (c *Cache) LockAll(l *Locked, hashes []uint64) {
	for _, h := range hashes {
		c.Want(l, h)
	}
	c.LockWanted(l)
}

// Want notes that the shard that owns h is to be among those that LockWanted locks. REQUIRES: l holds none.
func (c *Cache) Want(l *Locked, h uint64) {
	l.of(c)
	i := h >> c.shardShift
	l.wanted[i/64] |= 1 << (i % 64)
}

// WantEvery is Want for all shards.
func (c *Cache) WantEvery(l *Locked) {
	l.of(c)
	for i := range c.shards {
		l.wanted[i/64] |= 1 << (i % 64)
	}
}

// LockWanted locks the shards that are wanted, like LockAll.
func (c *Cache) LockWanted(l *Locked) {
	l.of(c)
	l.each(func(s *Shard) { s.mu.Lock() })
}

// of makes l ready for shards of c.
func (l *Locked) of(c *Cache) {
	l.c = c
	if n := (len(c.shards) + 63) / 64; len(l.wanted) != n {
		l.wanted = make([]uint64, n)
	}
}

// Shard is the locked shard that owns h. REQUIRES: h was wanted.
func (l *Locked) Shard(h uint64) *Shard { return &l.c.shards[h>>l.c.shardShift] }

// Len is the number of entries, expired ones that were not met yet included. REQUIRES: l holds every shard.
func (l *Locked) Len() (n int64) {
	l.each(func(s *Shard) { n += s.stats.entries })
	return n
}

// Flush empties the cache like Cache.Flush. REQUIRES: l holds every shard.
func (l *Locked) Flush() {
	l.each((*Shard).reset)
	l.c.nudge()
}

// Unlock unlocks them all; l may be used for another LockAll.
func (l *Locked) Unlock() {
	l.each(func(s *Shard) { s.mu.Unlock() })
	clear(l.wanted)
}

func (l *Locked) each(fn func(*Shard)) {
	for i := range l.c.shards {
		if l.wanted[i/64]&(1<<(i%64)) != 0 {
			fn(&l.c.shards[i])
		}
	}
}

// lockEach locks every shard, in the same order.
func (c *Cache) lockEach() {
	for i := range c.shards {
		c.shards[i].mu.Lock()
	}
}

func (c *Cache) unlockEach() {
	for i := range c.shards {
		c.shards[i].mu.Unlock()
	}
}
