package lru

import (
	"time"

	"github.com/cachegopher/cachegopher/lru/internal/memory"
)

// Keys that are strings. They are not copied: the methods called here neither keep
// nor change a key.

// GetString is Get for a key that is a string.
func (c *Cache) GetString(dst []byte, key string) (value []byte, ok bool) {
	return c.Get(dst, memory.TextBytes(key))
}

// SetString is SetTTL for a key that is a string; a ttl of 0 means until the entry
// is evicted.
func (c *Cache) SetString(key string, value []byte, ttl time.Duration) error {
	if ttl == 0 {
		return c.Set(memory.TextBytes(key), value, 0)
	}
	return c.SetTTL(memory.TextBytes(key), value, ttl)
}

// DeleteString is Delete for a key that is a string.
func (c *Cache) DeleteString(key string) bool { return c.Delete(memory.TextBytes(key)) }
