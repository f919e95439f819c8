package session

import (
	"errors"

	"github.com/cachegopher/cachegopher/lru"
	"github.com/cachegopher/cachegopher/server/session/reply"
)

// All changes of the store go through this file, which passes each of them to the
// node's Effects under the lock of the shard that changed.

// Put stores value under key until expireAt (ms since the Unix epoch, 0: forever). It reports whether it succeeded; if
// not, it has answered an error.
func (c *Call) Put(s *lru.Shard, h uint64, key, value []byte, expireAt int64) bool {
	if expireAt != 0 && expireAt <= c.Now {
		// The new entry has expired already, so the old one is removed.
		if e, ok := s.Peek(h, key, c.Now); ok {
			c.Remove(s, h, e, key)
		} else {
			c.Gone(h, key)
		}
		return true
	}
	return c.stored(s.Put(h, key, value, expireAt, c.Now), h, key, value, expireAt)
}

// PutRenamed stores the value of another key, from, whose entry of size bytes the caller removes next. It reports whether it succeeded;
// if not, it has answered an error.
func (c *Call) PutRenamed(from []byte, size int, s *lru.Shard, h uint64, key, value []byte, expireAt int64) bool {
	return c.stored(s.PutRenamed(from, size, h, key, value, expireAt, c.Now), h, key, value, expireAt)
}

// stored tells secondaries that key has a value, or answers err, for which it has none of it.
func (c *Call) stored(err error, h uint64, key, value []byte, expireAt int64) bool {
	if err != nil {
		if c.Node.effects != nil && errors.Is(err, lru.ErrNoSpace) {
			c.Node.effects.Delete(h, key)
		}
		c.StoreError(err, len(key)+len(value))
		return false
	}
	if c.Node.effects != nil {
		c.Node.effects.Set(h, key, value, expireAt)
	}
	return true
}

// StoreError answers err, an error of the store; size is that of key and value together, in bytes.
func (c *Call) StoreError(err error, size int) {
	switch {
	case errors.Is(err, lru.ErrTooLarge):
		c.TooLarge(uint64(size))
	case errors.Is(err, lru.ErrEmptyKey):
		c.Error(reply.EmptyKey)
	case errors.Is(err, lru.ErrFull):
		c.Error(reply.Full)
	default:
		c.Error(reply.NoMemory)
	}
}

// Remove deletes the entry e of key.
func (c *Call) Remove(s *lru.Shard, h uint64, e lru.Entry, key []byte) {
	s.Remove(h, e)
	if c.Node.effects != nil {
		c.Node.effects.Delete(h, key)
	}
}

// Expire sets when e, the entry of key, expires, in ms since the Unix epoch; 0:
// never. A time that has passed deletes it. Expire reports whether it succeeded;
// if not, it has answered an error.
func (c *Call) Expire(s *lru.Shard, h uint64, e lru.Entry, key []byte, expireAt int64) bool {
	if expireAt != 0 && expireAt <= c.Now {
		c.Remove(s, h, e, key)
		return true
	}
	e, err := s.SetExpiry(h, e, expireAt)
	if err != nil {
		if c.Node.effects != nil && errors.Is(err, lru.ErrNoSpace) {
			c.Node.effects.Delete(h, key)
		}
		c.StoreError(err, 0)
		return false
	}
	if c.Node.effects != nil {
		c.l.effect = s.AppendValue(c.l.effect[:0], e)
		c.Node.effects.Set(h, key, c.l.effect, expireAt)
	}
	return true
}

// Flush deletes every key, or answers an error and returns false.
func (c *Call) Flush() bool {
	if c.held != nil { // EXEC has asked
		c.flush()
		return true
	}
	return c.flushing(c.flush)
}

// flushing calls flush, in which every key is deleted, if the node allows it, or answers an error and returns false.
func (c *Call) flushing(flush func()) bool {
	if c.Node.flush == nil {
		flush()
		return true
	}
	if err := c.Node.flush(flush); err != nil {
		c.FailAs(reply.TryAgain, err.Error())
		return false
	}
	return true
}

func (c *Call) flush() {
	switch {
	case c.held != nil:
		c.held.Flush()
		if c.Node.effects != nil {
			c.Node.effects.Flush()
		}
	case c.Node.effects != nil:
		c.Node.store.FlushThen(c.Node.effects.Flush)
	default:
		c.Node.store.Flush()
	}
}

// Gone reports the deletion of a key that does not exist here, since a secondary with more memory may still hold it.
func (c *Call) Gone(h uint64, key []byte) {
	if c.Node.effects != nil {
		c.Node.effects.Delete(h, key)
	}
}

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
