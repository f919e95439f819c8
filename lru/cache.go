package lru

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
)

// Cache is a sharded LRU store. Create it with New; its methods may be called
// from any goroutine until Close.
type Cache struct {
	shards     []Shard
	shardShift uint // hash bits that do not choose the shard
	_          [cacheLine]byte
	shared     shared
	clock      func() int64
	rand       source
	limits     sync.Mutex // held while the budgets change
	maxEntries int64      // guarded by limits; 0: no bound
	maxMemory  int64
	pageBytes  int64
	stepped    atomic.Uint32 // shards that Step has dealt with, ever

	wake chan struct{} // asks the background goroutine for a round now
	stop chan struct{}
	done chan struct{}
}

// source draws random numbers from the runtime's generator, which is safe for
// concurrent use.
type source struct{}

func (source) Uint64() uint64 { return rand.Uint64() }

// unbounded stands for no limit in a budget.
const unbounded = int64(1) << 48

// New builds a cache. It reserves addresses but takes no memory yet. The error
// says what is wrong with the options, or that the system refused the addresses.
func New(o Options) (*Cache, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	geo := o.plan()
	if o.MaxEntries > 0 && o.MaxEntries < 8*int64(geo.shards) && geo.shards > 1 {
		return nil, fmt.Errorf("lru: %d entries are too few for %d shards, at least 8 a shard are needed", o.MaxEntries, geo.shards)
	}
	c := &Cache{
		shards:     make([]Shard, geo.shards),
		shardShift: 64 - geo.shardBits,
		clock:      o.Clock,
		pageBytes:  1 << geo.pageShift,
		wake:       make(chan struct{}, 1),
		stop:       make(chan struct{}),
		done:       make(chan struct{}),
	}
	if c.clock == nil {
		c.clock = NewSystemClock().Now
	}
	if c.shared.seed = o.Seed; o.Seed == 0 {
		c.shared.seed = rand.Uint64()
	}
	table := newSizeClasses(uint32(1) << geo.pageShift)
	for i := range c.shards {
		if err := c.shards[i].init(geo, table, &c.shared, i); err != nil {
			return nil, errors.Join(fmt.Errorf("lru: shard %d: %w", i, err), c.unmap())
		}
	}
	if err := c.SetLimits(o.MaxEntries, o.MaxMemory); err != nil {
		return nil, errors.Join(err, c.unmap())
	}
	if o.NoBackground {
		close(c.done)
	} else {
		go c.background()
	}
	return c, nil
}

// Close stops the background work and gives all memory back. No other method
// may be running or be called afterwards.
func (c *Cache) Close() error {
	close(c.stop)
	<-c.done
	return c.unmap()
}

func (c *Cache) unmap() error {
	var errs []error
	for i := range c.shards {
		errs = append(errs, c.shards[i].mem.close())
	}
	return errors.Join(errs...)
}

// SetLimits changes the budgets, as Options set them; the cache shrinks to
// smaller ones in the background. The number of shards stays.
func (c *Cache) SetLimits(maxEntries, maxMemory int64) error {
	if maxEntries < 0 || maxMemory < 0 {
		return fmt.Errorf("lru: negative limit")
	}
	if maxMemory > 0 && maxMemory < MinMemory {
		return fmt.Errorf("lru: MaxMemory is %d bytes, the least is %d", maxMemory, MinMemory)
	}
	c.limits.Lock()
	defer c.limits.Unlock()
	c.maxEntries, c.maxMemory = maxEntries, maxMemory
	pages, entries := make([]int64, len(c.shards)), make([]int64, len(c.shards))
	var beside int64
	c.lockEach()
	for i := range c.shards {
		s := &c.shards[i]
		pages[i], entries[i] = s.held, s.stats.entries
		beside += s.beside()
	}
	c.shared.pages.share(c.pageLimit(maxMemory, beside), pages)
	c.shared.entries.share(orUnbounded(maxEntries), entries)
	c.unlockEach()
	c.nudge()
	return nil
}

// directoryShare is the part of a byte budget set aside for the directories of
// the index: 16 to 32 bytes for the hundred entries and more of each segment.
const directoryShare = 256

// pageLimit is how many pages a byte budget allows when beside is what all shards
// keep beside their pages already, which a smaller budget does not make less.
func (c *Cache) pageLimit(maxMemory, beside int64) int64 {
	if maxMemory == 0 {
		return unbounded
	}
	pages := (maxMemory - maxMemory/directoryShare) / (c.pageBytes + pageCost)
	return max(min(pages, (maxMemory-beside)/c.pageBytes), 1)
}

func orUnbounded(n int64) int64 {
	if n == 0 {
		return unbounded
	}
	return n
}

// Now is the cache's clock: milliseconds since the epoch, never going back.
func (c *Cache) Now() int64 { return c.clock() }

// Hash is the hash under which the cache stores key. It differs from one cache
// to the next unless their seeds are equal.
func (c *Cache) Hash(key []byte) uint64 { return hashKey(c.shared.seed, key) }

// Lock locks the shard that owns the hash h and returns it. The caller must
// Unlock it, and must not lock another one meanwhile: see LockAll.
func (c *Cache) Lock(h uint64) *Shard {
	s := &c.shards[h>>c.shardShift]
	s.mu.Lock()
	return s
}

// Get appends key's value to dst; ok is false when there is none.
func (c *Cache) Get(dst, key []byte) (value []byte, ok bool) {
	h := c.Hash(key)
	s := c.Lock(h)
	defer s.Unlock()
	e, ok := s.Get(h, key, c.Now())
	if !ok {
		return dst, false
	}
	return s.AppendValue(dst, e), true
}

// Set stores value under key until expireAt, in milliseconds since the epoch;
// 0: until it is evicted. The errors are those of Shard.Put.
func (c *Cache) Set(key, value []byte, expireAt int64) error {
	h := c.Hash(key)
	s := c.Lock(h)
	defer s.Unlock()
	return s.Put(h, key, value, expireAt, c.Now())
}

// Delete removes key and reports whether it was there.
func (c *Cache) Delete(key []byte) bool {
	h := c.Hash(key)
	s := c.Lock(h)
	defer s.Unlock()
	e, ok := s.Peek(h, key, c.Now())
	if ok {
		s.Remove(h, e)
	}
	return ok
}

// Flush empties the cache. It takes time for each shard, not for each entry;
// the memory goes back to the system in the background.
func (c *Cache) Flush() {
	for i := range c.shards {
		s := &c.shards[i]
		s.mu.Lock()
		s.reset()
		s.mu.Unlock()
	}
	c.nudge()
}
