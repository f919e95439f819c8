// Package nearcache keeps copies of values in the process, so that reading a hot key again costs
// nanoseconds and no round trip:
//
//	near, err := nearcache.New(nearcache.Options{})
//	defer near.Close()
//	c, err := client.New(client.WithConfigFile(path), client.WithNearCache(near))
//
// Get, GetTo, GetMany and GetOrLoad look there first; misses are remembered, too, for a shorter time.
// Of many goroutines that ask for a key that is not there one asks the node. A copy ends with the entry
// that it is a copy of. A write through the same client drops the copy; a write by another process is seen
// once the copy's time is over, so a near cache suits values for which a second of delay does not matter.
//
// What is kept comes from the primary. While that one does not answer, secondaries are asked, and what
// they say is not kept.
//
// # Dependencies
//
// github.com/maypok86/otter/v2, which evicts by frequency and recency (W-TinyLFU) and scales with
// processors. It is the reason why this is a module of its own: who needs no near cache does not get it.
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

// entryOverhead is about what an entry takes beside key and value, in bytes.
const entryOverhead = 128

// stripes is how many locks keys are spread over.
const stripes = 256

// Options of a Cache. The zero value means the defaults.
type Options struct {
	// MaxBytes bounds keys, values and about what they need beside. Default 64 MB.
	MaxBytes int64
	// TTL is how long a value is kept at most. Default 1 s.
	TTL time.Duration
	// NegativeTTL is how long it is remembered that a key is not there. Default 100 ms; negative: never.
	NegativeTTL time.Duration
}

// Cache is a client.NearCache. It is safe for concurrent use; each client needs one of its own.
type Cache struct {
	entries  *otter.Cache[string, entry]
	negative bool
	seed     maphash.Seed
	locks    [stripes]stripe
}

// entry is a value, or that there is none.
type entry struct {
	value []byte
	found bool
	left  time.Duration // how long the node's entry had to live
}

// stripe orders what happens to its keys: once Forget has returned, nothing that was read before it
// gets in.
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

// Get looks a key up. known says that the cache can tell; then found says whether there is a value,
// which must not be changed.
func (c *Cache) Get(key string) (value []byte, found, known bool) {
	e, known := c.entries.GetIfPresent(key)
	return e.value, e.found, known
}

// Version is to be taken before a node is asked and given to Put afterwards.
func (c *Cache) Version(key string) uint64 {
	s := c.stripe(key)
	s.Lock()
	defer s.Unlock()
	return s.version
}

// Put remembers what a node said, unless the key was forgotten since version was taken. A value is kept
// for left at most. It belongs to the cache from now on.
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

// Forget drops a key, because it is written.
func (c *Cache) Forget(key string) {
	s := c.stripe(key)
	s.Lock()
	defer s.Unlock()
	s.version++
	c.entries.Invalidate(key)
}

// Clear drops everything.
func (c *Cache) Clear() {
	for i := range c.locks {
		c.locks[i].Lock()
		c.locks[i].version++
		c.locks[i].Unlock()
	}
	c.entries.InvalidateAll()
}

// Len returns about how many keys are known.
func (c *Cache) Len() int { return c.entries.EstimatedSize() }

// Close ends the cache's goroutines. The client that uses it is to be closed first.
func (c *Cache) Close() { c.entries.StopAllGoroutines() }
