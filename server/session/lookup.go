package session

import "github.com/cachegopher/cachegopher/lru"

// Lock locks the shard that owns h, and Unlock unlocks it. Within a transaction, which already holds the shards of all its
// keys, neither does anything.
func (c *Call) Lock(h uint64) *lru.Shard {
	if c.held != nil {
		return c.held.Shard(h)
	}
	return c.Node.store.Lock(h)
}

// Unlock unlocks s; see Lock.
func (c *Call) Unlock(s *lru.Shard) {
	if c.held == nil {
		s.Unlock()
	}
}

// LockAll and UnlockAll are Lock and Unlock for the shards of several keys.
func (c *Call) LockAll(hashes []uint64) *lru.Locked {
	if c.held != nil {
		return c.held
	}
	c.Node.store.LockAll(&c.l.locked, hashes)
	return &c.l.locked
}

// UnlockAll unlocks all; see LockAll.
func (c *Call) UnlockAll(all *lru.Locked) {
	if c.held == nil {
		all.Unlock()
	}
}

// Get looks key up and counts a hit or a miss. It returns the locked shard; the caller must Unlock it.
func (c *Call) Get(h uint64, key []byte) (*lru.Shard, lru.Entry, bool) {
	var s *lru.Shard
	if c.held == nil { // Lock, inlined by hand on the hottest path
		s = c.Node.store.Lock(h)
	} else {
		s = c.held.Shard(h)
	}
	e, ok := s.Get(h, key, c.Now)
	return s, e, ok
}

// Peek is Get without counting the lookup or marking the entry as used.
func (c *Call) Peek(h uint64, key []byte) (*lru.Shard, lru.Entry, bool) {
	s := c.Lock(h)
	e, ok := s.Peek(h, key, c.Now)
	return s, e, ok
}

// Ahead hashes and warms up to a batch of keys from argument i on, every step-th, so that their cache misses overlap,
// and returns their hashes. They are valid until the next use of Hashes.
func (c *Call) Ahead(i, step int) []uint64 {
	hs := c.Hashes[:0]
	for ; i < c.NArg() && len(hs) < lru.MaxBatch; i += step {
		hs = append(hs, c.Hash(i))
	}
	c.Hashes = hs
	if len(hs) > 1 {
		c.Node.store.Warm(hs)
	}
	return hs
}

// HashAll returns the hashes of every step-th key from argument i on. They are valid until the next use of Hashes.
func (c *Call) HashAll(i, step int) []uint64 {
	hs := c.Hashes[:0]
	for ; i < c.NArg(); i += step {
		hs = append(hs, c.Hash(i))
	}
	c.Hashes = hs
	return hs
}

// Len is the number of entries.
func (c *Call) Len() int64 {
	if c.held != nil {
		return c.held.Len()
	}
	return c.Node.store.Len()
}
