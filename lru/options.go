package lru

import (
	"errors"
	"fmt"
	"os"

	"github.com/cachegopher/cachegopher/lru/prefix"
)

// Limits that hold for every cache.
const (
	// MaxSize is the greatest length of a key and its value together, in bytes.
	MaxSize = 65536
	// MaxBatch is the greatest number of hashes that Warm takes.
	MaxBatch = 32
	// MinMemory is the smallest MaxMemory that New accepts, in bytes.
	MinMemory = 1_000_000
)

// Errors that a caller decides on.
var (
	// ErrTooLarge is returned for a key and value of more than MaxSize bytes together.
	ErrTooLarge = errors.New("lru: key and value are larger than 65536 bytes")
	// ErrEmptyKey is returned for a key of no bytes.
	ErrEmptyKey = errors.New("lru: empty key")
	// ErrNoSpace is returned if the system grants no memory and no entry is left to evict.
	ErrNoSpace = errors.New("lru: no memory for the entry")
	// ErrFull is returned if there is no room and the policy, NONE, evicts nothing.
	ErrFull = errors.New("lru: the cache is full and evicts nothing")
	// ErrTTL is returned for a time to live that is negative, or zero where it must not be.
	ErrTTL = errors.New("lru: a time to live must be positive")
	// ErrClosed is returned by methods that store, if the cache is closed.
	ErrClosed = errors.New("lru: the cache is closed")
)

// Options configure a Cache. The zero value bounds the cache by a quarter of the memory of the machine or the control
// group.
type Options struct {
	// MaxEntries bounds the number of entries; 0 means no bound, unless MaxMemory is 0 as well. A cache of up to 4,096
	// entries is one shard, so it evicts in exactly the policy's order; a larger one does so shard by shard.
	MaxEntries int64
	// MaxMemory bounds the bytes that entries, index and allocator use together; 0 means no bound, unless MaxEntries is 0
	// as well.
	MaxMemory int64
	// Shards is the number of shards, a power of two up to 1024; 0 chooses it from
	// the two budgets.
	Shards int
	// Policy chooses which entry is evicted to make room; the zero value is LRU.
	Policy Policy
	// Clock returns the time in milliseconds since the epoch and must never go back; nil means a SystemClock.
	Clock func() int64
	// Seed seeds the hash; 0 means a random seed, so that no client can prepare keys that collide.
	Seed uint64
	// OnEvict is called for every entry that is evicted to make room, but not for one that expires or is deleted,
	// replaced or flushed. It may use the cache, owns the slices, and may be called concurrently. It should be quick: the
	// caller that caused the eviction, or another one, waits for it. With OnEvict, evictions allocate.
	OnEvict func(key, value []byte)
	// Watch lets Curve predict what other budgets would bring, with simulations over a sample of the keys that take 2 MB and
	// at most about a hundredth of a processor. AUTO has its own simulations, of 1 MB, whether or not Watch is set; both
	// together take no more time than one.
	Watch bool
	// Prefixes are parts of the keys that are counted apart, at most prefix.Most: see Prefixes and SetPrefixes.
	Prefixes []Prefix
	// NoBackground leaves out the goroutine that removes expired entries and gives memory back. The owner then calls
	// Shards.Step.
	NoBackground bool
	// LargePages puts memory that has been full for a while into pages of 2 MB, which makes lookups among millions of entries
	// faster, also those of other processes. It does so in the background, with a hundredth of a processor. Whoever needs what
	// is in such a page while it is made waits: about half a millisecond, or several if a hypervisor has to find the memory.
	// It has an effect on Linux 6.1 or later, unless the system makes such pages by itself.
	LargePages bool
	// Shared returns a new, empty file for a table of the cache, a memfd or a file on tmpfs; the cache gives it a size of
	// bytes, most of which stay holes, and owns it. The table then lies in it, so that its entries can outlive the process
	// (see Attach) and other processes can read them. It is called by New, and again whenever SetLimits needs another
	// table. nil: memory is private. Where CanShare is false, New returns an error. The file may be sealed against a change
	// of its size once it has one, but not against writing: that would keep memory from being given back.
	Shared func(bytes int64) (*os.File, error)
	// Dropped is called with a file from Shared or Attach, before it is closed, when all entries of its table have moved to
	// another one, or no table could be made in it. It must not call the cache; nil: nothing is called.
	Dropped func(f *os.File)
}

// withDefaults returns o with its budgets filled in, or an error that describes its fault.
func (o Options) withDefaults() (Options, error) {
	switch {
	case o.MaxEntries < 0:
		return o, fmt.Errorf("lru: MaxEntries is %d, it must not be negative", o.MaxEntries)
	case o.MaxMemory < 0:
		return o, fmt.Errorf("lru: MaxMemory is %d, it must not be negative", o.MaxMemory)
	case o.MaxMemory > 0 && o.MaxMemory < MinMemory:
		return o, fmt.Errorf("lru: MaxMemory is %d bytes, the least is %d", o.MaxMemory, MinMemory)
	case !o.Policy.Valid():
		return o, fmt.Errorf("lru: unknown %v", o.Policy)
	case o.Shards < 0 || o.Shards > maxShards || o.Shards&(o.Shards-1) != 0:
		return o, fmt.Errorf("lru: Shards is %d, it must be a power of two up to %d", o.Shards, maxShards)
	}
	if o.MaxEntries == 0 && o.MaxMemory == 0 {
		o.MaxMemory = DefaultMemory()
	}
	if err := prefix.Check(o.Prefixes, o.MaxMemory); err != nil {
		return o, fmt.Errorf("lru: %w", err)
	}
	return o, nil
}

// DefaultMemory is the MaxMemory of a cache without limits, in bytes.
func DefaultMemory() int64 { return max(AvailableMemory()/4, MinMemory) }
