// Package nearcache keeps copies of values in the process, so that reading a hot key again costs
// nanoseconds and no round trip:
//
//	near, err := nearcache.New(nearcache.Options{})
//	defer near.Close()
//	c, err := client.New(client.WithConfigFile(path), client.WithNearCache(near))
//
// Get, GetTo, GetMany and GetOrLoad look there first. Misses are stored too, for a shorter time.
// Concurrent callers of a key that is not in the near cache share one request. A copy expires no later
// than its entry. A write through the same client drops the copy; a write by another process becomes
// visible when the copy expires, so a near cache suits values for which a second of delay does not matter.
//
// All copies come from the primary. While it does not answer, secondaries are asked, but their answers
// are not kept.
//
// # Dependencies
//
// github.com/maypok86/otter/v2, which evicts by frequency and recency (W-TinyLFU) and scales with
// processors. Because of this dependency the package is a module of its own.
package nearcache

import (
	"errors"
	"fmt"
	"hash/maphash"
	"math"
	"sync"
	"time"

	"github.com/maypok86/otter/v2"
)

// The defaults of Options.
const (
	DefaultMaxBytes    = 64 << 20
	DefaultTTL         = time.Second
	DefaultNegativeTTL = 100 * time.Millisecond
)

// entryOverhead is roughly an entry's size without key and value, in bytes.
const entryOverhead = 128

// stripes is the number of locks that keys are spread over.
const stripes = 256

// Options of a Cache. The zero value means the defaults.
type Options struct {
	// MaxBytes bounds keys, values and their estimated overhead. Default 64 MB.
	MaxBytes int64
	// TTL is the longest time for which a value is kept. Default 1 s.
	TTL time.Duration
	// NegativeTTL is how long a miss is kept. Default 100 ms; negative: never.
	NegativeTTL time.Duration
}

// Cache is a client.NearCache. It is safe for concurrent use; each client needs one of its own.
type Cache struct {
	entries  *otter.Cache[string, entry]
	negative bool
	seed     maphash.Seed
	locks    [stripes]stripe
}

// entry is a value or a miss.
type entry struct {
	value []byte
	found bool
	left  time.Duration // time to live of the node's entry
}

// stripe serialises Put and Forget of its keys: after Forget has returned, values that were read before
// are not stored.
type stripe struct {
	sync.Mutex
	version uint64 // changes when one of its keys is forgotten
	_       [48]byte
}

// New returns an empty cache.
func New(o Options) (*Cache, error) {
	if o.MaxBytes == 0 {
		o.MaxBytes = DefaultMaxBytes
	}
	if o.TTL == 0 {
		o.TTL = DefaultTTL
	}
	if o.NegativeTTL == 0 {
		o.NegativeTTL = DefaultNegativeTTL
	}
	if o.MaxBytes < 0 || o.TTL < 0 {
		return nil, errors.New("nearcache: MaxBytes and TTL must not be negative")
	}
	entries, err := otter.New(&otter.Options[string, entry]{
		MaximumWeight: uint64(o.MaxBytes),
		Weigher: func(key string, e entry) uint32 {
			return uint32(min(entryOverhead+len(key)+len(e.value), math.MaxUint32))
		},
		ExpiryCalculator: otter.ExpiryWritingFunc(func(e otter.Entry[string, entry]) time.Duration {
			if e.Value.found {
				return min(o.TTL, e.Value.left)
			}
			return o.NegativeTTL
		}),
	})
	if err != nil {
		return nil, fmt.Errorf("nearcache: %w", err)
	}
	return &Cache{entries: entries, negative: o.NegativeTTL > 0, seed: maphash.MakeSeed()}, nil
}

func (c *Cache) stripe(key string) *stripe {
	return &c.locks[maphash.String(c.seed, key)%stripes]
}

// Get looks a key up. known says whether the cache knows the key's state; if so, found says whether the
// key has a value. The value must not be modified.
func (c *Cache) Get(key string) (value []byte, found, known bool) {
	e, known := c.entries.GetIfPresent(key)
	return e.value, e.found, known
}

// Version returns the version to pass to Put. Call it before asking a node.
func (c *Cache) Version(key string) uint64 {
	s := c.stripe(key)
	s.Lock()
	defer s.Unlock()
	return s.version
}

// Put stores a node's answer unless the key was forgotten since version was taken. It keeps a value for
// at most left, and takes ownership of it.
func (c *Cache) Put(key string, value []byte, found bool, left time.Duration, version uint64) {
	if !found && !c.negative {
		return
	}
	s := c.stripe(key)
	s.Lock()
	defer s.Unlock()
	if s.version == version {
		c.entries.Set(key, entry{value, found, left})
	}
}

// Forget drops a key that is being written.
func (c *Cache) Forget(key string) {
	s := c.stripe(key)
	s.Lock()
	defer s.Unlock()
	s.version++
	c.entries.Invalidate(key)
}

// Clear drops everything.
func (c *Cache) Clear() {
	c.renew()
	c.entries.InvalidateAll()
}

// ForgetIf drops the keys for which drop returns true. Answers of nodes that were asked before are not stored, whatever
// their keys.
func (c *Cache) ForgetIf(drop func(key string) bool) {
	c.renew()
	for key := range c.entries.Keys() {
		if drop(key) {
			c.entries.Invalidate(key)
		}
	}
}

// renew changes the versions of all keys.
func (c *Cache) renew() {
	for i := range c.locks {
		c.locks[i].Lock()
		c.locks[i].version++
		c.locks[i].Unlock()
	}
}

// Len returns the approximate number of keys, including misses.
func (c *Cache) Len() int { return c.entries.EstimatedSize() }

// Close ends the cache's goroutines. Close the client that uses it first.
func (c *Cache) Close() { c.entries.StopAllGoroutines() }
