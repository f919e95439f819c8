package lru

import (
	"errors"
	"fmt"
	"math/bits"
	"os"

	"github.com/cachegopher/cachegopher/lru/internal/memory"
	"github.com/cachegopher/cachegopher/lru/policy"
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
	// LargePages puts memory that has been full for a while into pages of 2 MB, in the background and with a hundredth of a
	// processor, which makes lookups among millions of entries faster, also those of other processes. Where memory is put there,
	// whoever needs one of its 2 MB meanwhile waits: about half a millisecond, or several if a hypervisor has to find the
	// memory. It has an effect on Linux 6.1 or later, unless the system makes such pages by itself.
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

// geometry has the sizes derived from the budgets; it is constant once the shards are built.
type geometry struct {
	shards    int
	shardBits uint
	pageShift uint // log2 of a page's bytes
	reserve   int64
	classes   *memory.Classes // of pages of that size
}

const (
	shardTarget   = 32 << 20 // bytes of budget a shard should have
	maxAutoShards = 256
	// In a file, where a shard that is being changed when the process dies is lost, more shards are made, up to a number of
	// which one is under a hundredth. The processor's nearest cache has no room for what more of them have beside entries.
	keptTarget = 4 << 20
	keptShards = 128
	maxShards  = 1024
)

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

// plan derives the geometry from the budgets.
func (o Options) plan() geometry {
	g := geometry{shards: o.Shards}
	if g.shards == 0 {
		g.shards = autoShards(o.MaxEntries, o.MaxMemory, o.Shared != nil)
	}
	g.shardBits = uint(bits.TrailingZeros(uint(g.shards)))

	// About a thousand pages a shard, so that the partly filled pages of all size classes are a small part of the budget.
	g.pageShift = 15
	if o.MaxMemory > 0 {
		g.pageShift = uint(bits.Len64(uint64(o.MaxMemory) / uint64(g.shards) / 1024))
	}
	g.pageShift = min(max(g.pageShift, memory.MinPageShift), memory.MaxPageShift)
	g.classes = memory.NewClasses(g.pageShift)

	// Addresses cost nothing: reserve enough that a budget raised at run time,
	// or an uneven spread over the shards, never meets the end of the range.
	total := 4 * max(AvailableMemory(), o.MaxMemory)
	g.reserve = min(max(total/int64(g.shards), 4*MinMemory), memory.MaxReserve)
	g.reserve = (g.reserve + memory.CommitStep - 1) &^ (memory.CommitStep - 1)
	return g
}

func autoShards(maxEntries, maxMemory int64, kept bool) int {
	n := int64(maxAutoShards)
	if maxMemory > 0 {
		n = min(n, maxMemory/shardTarget)
		if kept {
			n = max(n, min(keptShards, maxMemory/keptTarget))
		}
		// A handful of event loops should seldom meet at one lock.
		if maxMemory >= 64<<20 {
			n = max(n, 16)
		}
	}
	if maxEntries > 0 {
		n = min(n, maxEntries/policy.ExactEntries)
	}
	if n < 1 {
		return 1
	}
	return 1 << (bits.Len64(uint64(n)) - 1)
}

// pagesIn is how many pages fit in a byte budget, beside the directories of the index.
func (g geometry) pagesIn(maxMemory int64) int64 {
	return (maxMemory - maxMemory/directoryShare) / (1<<g.pageShift + memory.PageCost)
}

// fits returns an error if the budgets do not suit the number of shards.
func (g geometry) fits(o Options) error {
	if g.shards == 1 {
		return nil
	}
	if o.MaxEntries > 0 && o.MaxEntries < 8*int64(g.shards) {
		return fmt.Errorf("lru: %d entries are too few for %d shards, at least 8 a shard are needed", o.MaxEntries, g.shards)
	}
	if o.MaxMemory > 0 && guarantee(g.pagesIn(o.MaxMemory-besideEntries(o.Policy, o.MaxMemory)), int64(g.shards)) < g.classes.LeastPages(MaxSize) {
		return fmt.Errorf("lru: MaxMemory of %d bytes is too small for %d shards; leave Shards 0 to have it chosen", o.MaxMemory, g.shards)
	}
	return nil
}

// serves reports whether a table of geometry g serves budgets whose plan is want. Half of want's addresses are enough,
// since they are four times the budget.
func (g geometry) serves(want geometry) bool {
	return g.shards == want.shards && g.pageShift == want.pageShift && 2*g.reserve >= want.reserve
}

// A table in a file of at least tolerantFrom shards is kept for budgets for which as many are planned, if neither their number
// nor the size of pages differs by more than the factor mostUnlike, and a page for each shard is not larger than planned by more
// than that: each size class of each shard has a page that is partly filled.
const (
	tolerantFrom = 16
	mostUnlike   = 8
)

// suits reports whether a table in a file, of geometry g, is kept for the budgets of o, whose plan is want: more often than
// serves, since entries that move to another table are lost if the process dies meanwhile.
func (g geometry) suits(want geometry, o Options) bool {
	unlike := func(a, b int) bool { return a > mostUnlike*b || b > mostUnlike*a }
	return min(g.shards, want.shards) >= tolerantFrom && !unlike(g.shards, want.shards) && !unlike(1<<g.pageShift, 1<<want.pageShift) && g.shards<<g.pageShift <= mostUnlike*want.shards<<want.pageShift && g.fits(o) == nil &&
		2*g.reserve*int64(g.shards) >= want.reserve*int64(want.shards)
}
