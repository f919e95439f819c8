package lru

import (
	"iter"
	"math"
	"time"

	"github.com/cachegopher/cachegopher/lru/internal/index"
	"github.com/cachegopher/cachegopher/lru/internal/memory"
)

// Get appends key's value to dst; ok is false if there is none.
func (c *Cache) Get(dst, key []byte) (value []byte, ok bool) {
	h := c.hash(key)
	s := c.lock(h)
	defer s.Unlock()
	e, ok := s.Get(h, key, c.clock())
	if !ok {
		return dst, false
	}
	return s.AppendValue(dst, e), true
}

// Set stores value under key for ttl, which is rounded up to whole milliseconds; 0: until it is evicted. The errors are
// ErrTTL for a negative ttl, ErrEmptyKey, ErrTooLarge, ErrClosed; ErrFull, after which key has the value that it had; and
// ErrNoSpace, after which key has none.
func (c *Cache) Set(key, value []byte, ttl time.Duration) error {
	at, err := c.expireAt(ttl)
	if err != nil {
		return err
	}
	return c.setAt(key, value, at)
}

// setAt stores value under key until expireAt, in milliseconds since the epoch; 0: until it is evicted.
func (c *Cache) setAt(key, value []byte, expireAt int64) error {
	h := c.hash(key)
	s := c.lock(h)
	defer s.unlockAndTell()
	return s.Put(h, key, value, expireAt, c.clock())
}

// Delete removes key and reports whether it was there.
func (c *Cache) Delete(key []byte) bool {
	h := c.hash(key)
	s := c.lock(h)
	defer s.Unlock()
	e, ok := s.Peek(h, key, c.clock())
	if ok {
		s.Remove(h, e)
	}
	return ok
}

// TTL returns the remaining time to live of key, at most about 292 years; 0: until it is evicted. ok is false if there is no such
// entry. It does not count as a use.
func (c *Cache) TTL(key []byte) (ttl time.Duration, ok bool) {
	h, now := c.hash(key), c.clock()
	s := c.lock(h)
	defer s.Unlock()
	e, ok := s.Peek(h, key, now)
	if !ok || s.Expiry(e) == 0 {
		return 0, ok
	}
	ms := min(s.Expiry(e)-now, math.MaxInt64/int64(time.Millisecond))
	return time.Duration(ms) * time.Millisecond, true
}

// Expire makes key expire ttl from now, rounded like that of Set, and marks it as used. ok is false if there is
// no such entry. The errors are ErrTTL for a ttl of zero or less, and ErrNoSpace, after which key has no value.
func (c *Cache) Expire(key []byte, ttl time.Duration) (ok bool, err error) {
	at, err := c.expireAt(ttl)
	if err == nil && at == 0 {
		err = ErrTTL
	}
	if err != nil {
		return false, err
	}
	h := c.hash(key)
	s := c.lock(h)
	defer s.unlockAndTell()
	e, ok := s.Peek(h, key, c.clock())
	if !ok {
		return false, nil
	}
	_, err = s.SetExpiry(h, e, at)
	return err == nil, err
}

// expireAt is the moment ttl from now, in milliseconds since the epoch, 0 for a ttl of 0.
func (c *Cache) expireAt(ttl time.Duration) (int64, error) {
	switch {
	case ttl < 0:
		return 0, ErrTTL
	case ttl == 0:
		return 0, nil
	}
	ms := ttl.Milliseconds()
	if ttl%time.Millisecond != 0 {
		ms++
	}
	return c.clock() + ms, nil
}

// GetString is Get for a key that is a string.
func (c *Cache) GetString(dst []byte, key string) (value []byte, ok bool) {
	return c.Get(dst, memory.TextBytes(key)) // Get neither keeps nor changes the key
}

// SetString is Set for a key that is a string.
func (c *Cache) SetString(key string, value []byte, ttl time.Duration) error {
	return c.Set(memory.TextBytes(key), value, ttl)
}

// DeleteString is Delete for a key that is a string.
func (c *Cache) DeleteString(key string) bool { return c.Delete(memory.TextBytes(key)) }

// Flush empties the cache. It takes time for each shard, not for each entry; the memory goes back to the system in the
// background.
func (c *Cache) Flush() {
	c.eachShard(func(s *Shard) { s.reset() })
	c.watch.flush()
	c.nudge()
}

// All returns the entries, in no particular order. A walk meets every entry present from its start to its end, some
// perhaps twice, and may meet entries stored or removed meanwhile. No lock is held while the loop's body runs, so it may
// use the cache. Key and value are valid only until the next iteration. A walk does not count as use.
func (c *Cache) All() iter.Seq2[[]byte, []byte] {
	return func(yield func(key, value []byte) bool) { c.walk(true, yield) }
}

// Keys returns the keys as All does.
func (c *Cache) Keys() iter.Seq[[]byte] {
	return func(yield func(key []byte) bool) {
		c.walk(false, func(key, _ []byte) bool { return yield(key) })
	}
}

// walkBytes is roughly how many bytes a walk copies under one lock.
const walkBytes = 64 << 10

// walk copies a few entries at a time and yields them after releasing the lock.
func (c *Cache) walk(values bool, yield func(key, value []byte) bool) {
	var bodies []byte // keys and values
	var ends [][2]int // of each key and value in bodies
	see := visitor{
		fn: func(r Reader, e Entry, key []byte) {
			bodies = append(bodies, key...)
			end := len(bodies)
			if values {
				bodies = r.AppendValue(bodies, e)
			}
			ends = append(ends, [2]int{end, len(bodies)})
		},
		enough: func(int) bool { return len(bodies) >= walkBytes },
	}
	for cursor, more := uint64(0), true; more; more = cursor != 0 {
		bodies, ends = bodies[:0], ends[:0]
		cursor = c.visit(cursor, c.clock(), see)
		from := 0
		for _, end := range ends {
			if !yield(bodies[from:end[0]:end[0]], bodies[end[0]:end[1]:end[1]]) {
				return
			}
			from = end[1]
		}
	}
}

// hash is the hash of key, which differs from one cache to the next.
func (c *Cache) hash(key []byte) uint64 { return index.Hash(c.seed, key) }

// lock locks the shard that owns the hash h and returns it.
func (c *Cache) lock(h uint64) *Shard {
	s := c.table.Load().shard(h)
	s.mu.Lock()
	if s.state != settled {
		return c.lockUnsettled(s, h)
	}
	return s
}

// lockUnsettled continues from the locked shard s, which is retired or still moving, to the shard that owns h, and
// fetches the entries that older tables have under h.
func (c *Cache) lockUnsettled(s *Shard, h uint64) *Shard {
	for s.state == retired {
		s.mu.Unlock()
		s = c.table.Load().shard(h)
		s.mu.Lock()
	}
	if s.state == moving {
		s.fetch(h)
	}
	return s
}
