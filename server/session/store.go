package session

import (
	"errors"

	"github.com/cachegopher/cachegopher/lru"
	"github.com/cachegopher/cachegopher/server/session/reply"
)

// All changes of the store go through this file, so that each is told to the
// node's Effects under the lock of the shard it happened in.

// put stores value under key and answers when it cannot; it reports whether it did.
func (c *Call) Put(s *lru.Shard, h uint64, key, value []byte, expireAt int64) bool {
	if expireAt != 0 && expireAt <= c.Now {
		// Already over: what was there goes, as if it had expired at once.
		if e, ok := s.Peek(h, key, c.Now); ok {
			c.Remove(s, h, e, key)
		} else {
			c.Gone(h, key)
		}
		return true
	}
	if err := s.Put(h, key, value, expireAt, c.Now); err != nil {
		if c.n.effects != nil && errors.Is(err, lru.ErrNoSpace) {
			c.n.effects.Delete(h, key)
		}
		c.StoreError(err, len(key)+len(value))
		return false
	}
	if c.n.effects != nil {
		c.n.effects.Set(h, key, value, expireAt)
	}
	return true
}

func (c *Call) StoreError(err error, size int) {
	switch {
	case errors.Is(err, lru.ErrTooLarge):
		c.TooLarge(uint64(size))
	case errors.Is(err, lru.ErrEmptyKey):
		c.Error(reply.EmptyKey)
	default:
		c.Error(reply.NoMemory)
	}
}

// remove deletes the entry e of key.
func (c *Call) Remove(s *lru.Shard, h uint64, e lru.Entry, key []byte) {
	s.Remove(h, e)
	if c.n.effects != nil {
		c.n.effects.Delete(h, key)
	}
}

// expire sets when e, the entry of key, expires; 0: never. A time that has
// passed deletes it.
func (c *Call) Expire(s *lru.Shard, h uint64, e lru.Entry, key []byte, expireAt int64) bool {
	if expireAt != 0 && expireAt <= c.Now {
		c.Remove(s, h, e, key)
		return true
	}
	e, err := s.SetExpiry(h, e, expireAt)
	if err != nil {
		if c.n.effects != nil {
			c.n.effects.Delete(h, key)
		}
		c.StoreError(err, 0)
		return false
	}
	if c.n.effects != nil {
		c.l.effect = s.AppendValue(c.l.effect[:0], e)
		c.n.effects.Set(h, key, c.l.effect, expireAt)
	}
	return true
}

func (c *Call) Flush() {
	switch {
	case c.held != nil:
		c.held.Flush()
		if c.n.effects != nil {
			c.n.effects.Flush()
		}
	case c.n.effects != nil:
		c.n.store.FlushThen(c.n.effects.Flush)
	default:
		c.n.store.Flush()
	}
}

// missing tells of the delete of a key that is not there: a secondary, whose budget may be larger,
// may have it still.
func (c *Call) Gone(h uint64, key []byte) {
	if c.n.effects != nil {
		c.n.effects.Delete(h, key)
	}
}

// lock locks the shard that owns h, and unlock unlocks it; a transaction holds the shards of all its keys itself.
func (c *Call) Lock(h uint64) *lru.Shard {
	if c.held != nil {
		return c.held.Shard(h)
	}
	return c.n.store.Lock(h)
}

func (c *Call) Unlock(s *lru.Shard) {
	if c.held == nil {
		s.Unlock()
	}
}

// lockAll and unlockAll are lock and unlock for the shards of several keys.
func (c *Call) LockAll(hashes []uint64) *lru.Locked {
	if c.held != nil {
		return c.held
	}
	c.n.store.LockAll(&c.l.locked, hashes)
	return &c.l.locked
}

func (c *Call) UnlockAll(all *lru.Locked) {
	if c.held == nil {
		all.Unlock()
	}
}

// get looks key up and counts it; the caller must unlock the shard.
func (c *Call) Get(h uint64, key []byte) (*lru.Shard, lru.Entry, bool) {
	var s *lru.Shard
	if c.held == nil { // as lock does: a call less in the busiest path
		s = c.n.store.Lock(h)
	} else {
		s = c.held.Shard(h)
	}
	e, ok := s.Get(h, key, c.Now)
	return s, e, ok
}

// peek looks key up without counting or touching it.
func (c *Call) Peek(h uint64, key []byte) (*lru.Shard, lru.Entry, bool) {
	s := c.Lock(h)
	e, ok := s.Peek(h, key, c.Now)
	return s, e, ok
}
