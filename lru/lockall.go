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
	l.c = c
	if n := (len(c.shards) + 63) / 64; len(l.wanted) != n {
		l.wanted = make([]uint64, n)
	}
	for _, h := range hashes {
		i := h >> c.shardShift
		l.wanted[i/64] |= 1 << (i % 64)
	}
	l.each(func(s *Shard) { s.mu.Lock() })
}

// Shard is the locked shard that owns h. REQUIRES: h was among the hashes.
func (l *Locked) Shard(h uint64) *Shard { return &l.c.shards[h>>l.c.shardShift] }

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
