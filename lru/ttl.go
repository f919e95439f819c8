package lru

import (
	"math"
	"time"
)

// ExpireAt is the moment ttl from now, in milliseconds since the epoch, as Put and
// Set take it. Parts of a millisecond count as a whole one. The error is ErrTTL
// when ttl is zero or less.
func (c *Cache) ExpireAt(ttl time.Duration) (int64, error) {
	if ttl <= 0 {
		return 0, ErrTTL
	}
	ms := ttl.Milliseconds()
	if ttl%time.Millisecond != 0 {
		ms++
	}
	return c.Now() + ms, nil
}

// SetTTL stores value under key for ttl. The errors are ErrTTL and those of Shard.Put.
func (c *Cache) SetTTL(key, value []byte, ttl time.Duration) error {
	at, err := c.ExpireAt(ttl)
	if err != nil {
		return err
	}
	return c.Set(key, value, at)
}

// TTL is how long key has to live, at most about 292 years; 0: until it is evicted. ok is false when there
// is no such entry.
func (c *Cache) TTL(key []byte) (ttl time.Duration, ok bool) {
	h, now := c.Hash(key), c.Now()
	s := c.Lock(h)
	defer s.Unlock()
	e, ok := s.Peek(h, key, now)
	if !ok || s.Expiry(e) == 0 {
		return 0, ok
	}
	ms := min(s.Expiry(e)-now, math.MaxInt64/int64(time.Millisecond))
	return time.Duration(ms) * time.Millisecond, true
}

// Expire gives key ttl to live from now on and marks it as used. ok is false when
// there is no such entry. The errors are ErrTTL and ErrNoSpace; after the latter
// the entry is gone.
func (c *Cache) Expire(key []byte, ttl time.Duration) (ok bool, err error) {
	at, err := c.ExpireAt(ttl)
	if err != nil {
		return false, err
	}
	h := c.Hash(key)
	s := c.Lock(h)
	defer s.unlockAndTell()
	e, ok := s.Peek(h, key, c.Now())
	if !ok {
		return false, nil
	}
	_, err = s.SetExpiry(h, e, at)
	return err == nil, err
}
