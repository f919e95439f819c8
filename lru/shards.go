package lru

import "time"

// Shards is a Cache with the methods that servers and replication need beside those of Cache, to save time and to hold
// locks over several steps. A program that uses a cache for itself needs none of them. Cache.Shards returns it.
//
// Usually, hash keys with Hash, prefetch what they will touch with Warm, and execute operations under the lock of each key's
// shard, which Lock or LockAll takes.
//
// All times here and in the methods of Shard are milliseconds since the epoch, as Now returns them, so that one reading
// of the clock serves many operations; an expiry of 0 means none.
type Shards struct{ *Cache }

// Shards returns c with the methods that servers need.
func (c *Cache) Shards() Shards { return Shards{c} }

// Now is the cache's clock: milliseconds since the epoch, never going back.
func (c Shards) Now() int64 { return c.clock() }

// Policy is the policy of the cache, as Options or SetPolicy chose it.
func (c Shards) Policy() Policy { return c.policy() }

// Hash is the hash under which the cache stores key. It differs from one cache to the next unless their seeds are
// equal.
func (c Shards) Hash(key []byte) uint64 { return c.hash(key) }

// SetAt is Set with an absolute expiry; 0: until the entry is evicted. With one that has passed, no lookup finds the entry.
func (c Shards) SetAt(key, value []byte, expireAt int64) error { return c.setAt(key, value, expireAt) }

// Lock locks the shard that owns the hash h and returns it. The caller must Unlock it, and must not lock another one
// meanwhile: see LockAll.
func (c Shards) Lock(h uint64) *Shard { return c.lock(h) }

// Step does one round of the background work for a cache with Options.NoBackground, and returns after about limit. It
// reports whether calling it again at once is worth while.
//
// A round lets AUTO change its mind, moves entries to new shards after SetLimits, removes expired entries, gives flushed
// memory back, and shrinks to a smaller budget. It holds each shard's lock only for short steps; the next call goes on
// with the next shard. Where little has expired, the search for it goes on slowly, at the next calls.
func (c Shards) Step(limit time.Duration) (more bool) {
	select {
	case <-c.look:
		c.reconsider()
	default:
	}
	return c.step(limit)
}
