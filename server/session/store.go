package session

import (
	"errors"

	"github.com/cachegopher/cachegopher/lru"
	"github.com/cachegopher/cachegopher/server/session/reply"
)

// All changes of the store go through this file, which passes each of them to the node's Effects under the lock of the shard
// that changed.

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

// PutRenamed is Put for the value of another key, from, whose entry of size bytes the caller removes next.
func (c *Call) PutRenamed(from []byte, size int, s *lru.Shard, h uint64, key, value []byte, expireAt int64) bool {
	return c.stored(s.PutRenamed(from, size, h, key, value, expireAt, c.Now), h, key, value, expireAt)
}

// stored ends a change of key: it passes the value on to secondaries, or answers err, with which the store refused it.
func (c *Call) stored(err error, h uint64, key, value []byte, expireAt int64) bool {
	if err != nil {
		c.notStored(err, h, key, len(key)+len(value))
		return false
	}
	if c.Node.effects != nil {
		c.Node.effects.Set(h, key, value, expireAt)
	}
	return true
}

// notStored answers err, with which the store refused a change of key; size is as for StoreError. With ErrNoSpace, the earlier
// entry is gone too.
func (c *Call) notStored(err error, h uint64, key []byte, size int) {
	if errors.Is(err, lru.ErrNoSpace) {
		c.Gone(h, key)
	}
	c.StoreError(err, size)
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

// Expire sets when e, the entry of key, expires, in ms since the Unix epoch; 0: never. A time that has passed deletes it. Expire
// reports whether it succeeded; if not, it has answered an error.
func (c *Call) Expire(s *lru.Shard, h uint64, e lru.Entry, key []byte, expireAt int64) bool {
	if expireAt != 0 && expireAt <= c.Now {
		c.Remove(s, h, e, key)
		return true
	}
	e, err := s.SetExpiry(h, e, expireAt)
	if err != nil {
		c.notStored(err, h, key, 0)
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
