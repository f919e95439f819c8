package lru

import (
	"fmt"
	"runtime"
	"sync/atomic"

	"github.com/cachegopher/cachegopher/lru/internal/memory"
	"github.com/cachegopher/cachegopher/lru/internal/region"
)

// table is one set of shards. A cache has one current table. If new budgets need another number of shards or another page
// size, a new table becomes current and the entries move to it: see migrate.go.
type table struct {
	shards     []Shard
	shardShift uint // hash bits that do not choose the shard
	geo        geometry
	file       *file // nil: memory is private
	shared     shared
}

// The state of a shard.
const (
	settled = iota // its table is current and has all entries
	moving         // its table is current; older tables have entries left
	retired        // another table is current
)

// shared is the state that the shards of a table have in common.
type shared struct {
	seed     uint64
	policy   Policy // of shards that are made anew, not AUTO; guarded by Cache.limits
	tuning   tuning // of LFU in these
	shards   int
	refused  error     // Put's error if there is no room
	olds     []*table  // tables with entries left, youngest first; guarded by all locks of the current table
	evicted  *evicted  // nil without OnEvict; constant
	watch    *watch    // nil in a closed cache; constant
	drain    *drain    // nil while no table has entries left; guarded by all locks of the table
	prefixes *prefixes // of shards that are made anew; guarded by Cache.limits
	_        [cacheLine*2 - 96]byte
	pages    budget
	entries  budget
}

// serves reports whether t is kept for the budgets of o, whose plan is want.
func (t *table) serves(want geometry, o Options) bool {
	return t.geo.serves(want) || t.file != nil && t.geo.suits(want, o)
}

// newTable builds the shards for geo. It reserves addresses but takes no memory, apart from some in a file.
func (c *Cache) newTable(geo geometry) (*table, error) {
	t := c.bareTable(geo)
	if c.options.Shared != nil {
		f, err := c.newFile(geo)
		if err != nil {
			return nil, err
		}
		if err := t.keep(f); err != nil {
			c.dropFile(f.os)
			return nil, err
		}
		return t, nil
	}
	unmap, large := make([]func(), 0, geo.shards), c.large()
	for i := range t.shards {
		s := &t.shards[i]
		if err := s.mem.Reserve(geo.reserve, large); err != nil {
			runAll(unmap)
			return nil, fmt.Errorf("lru: shard %d: %w", i, err)
		}
		unmap = append(unmap, s.mem.Unmapper())
	}
	t.unmapLater(unmap)
	return t, nil
}

// bareTable is a table without memory.
func (c *Cache) bareTable(geo geometry) *table {
	t := &table{shards: make([]Shard, geo.shards), shardShift: 64 - geo.shardBits, geo: geo}
	t.shared = shared{
		seed: c.seed, policy: c.used().policy, tuning: c.used().tuning, shards: geo.shards, refused: ErrNoSpace,
		evicted: c.evicted, watch: c.watch, prefixes: c.prefixes,
	}
	for i := range t.shards {
		t.shards[i].setup(geo, &t.shared, i)
	}
	return t
}

// unmapLater calls the functions once no goroutine can hold the table: Warm reads its memory without a lock.
func (t *table) unmapLater(unmap []func()) { runtime.AddCleanup(t, runAll, unmap) }

// closedTable is the table of a closed cache: one empty shard that gets no memory.
func closedTable(seed uint64, u use) *table {
	geo := geometry{shards: 1, classes: memory.NewClasses(memory.MinPageShift)}
	t := &table{shards: make([]Shard, 1), shardShift: 64, geo: geo}
	t.shared = shared{seed: seed, policy: u.policy, tuning: u.tuning, shards: 1, refused: ErrClosed}
	t.shards[0].setup(t.geo, &t.shared, 0)
	return t
}

func runAll(fns []func()) {
	for _, fn := range fns {
		fn()
	}
}

// shard is the shard that owns the hash h.
func (t *table) shard(h uint64) *Shard { return &t.shards[h>>t.shardShift] }

func (t *table) pageBytes() int64 { return t.geo.classes.PageBytes() }

// setState sets the state of every shard. REQUIRES: all shards are locked.
func (t *table) setState(state uint16) {
	for i := range t.shards {
		t.shards[i].state = state
	}
}

// lock locks every shard, in the order of their numbers.
func (t *table) lock() {
	for i := range t.shards {
		t.shards[i].mu.Lock()
	}
}

func (t *table) unlock() {
	for i := range t.shards {
		t.shards[i].mu.Unlock()
	}
}

// discard gives all memory back to the system. REQUIRES: all shards are locked and
// none is used again.
func (t *table) discard() {
	t.setFileState(region.Closed)
	for i := range t.shards {
		t.shards[i].mem.Discard()
	}
}

// drain counts the contents of all tables together while entries move from the old tables to the current one. Old tables
// count with what their entries occupy, not with their pages, since the waste in pages is about to be released.
type drain struct {
	bytes, entries       atomic.Int64
	maxBytes, maxEntries atomic.Int64
	next                 atomic.Uint32 // whose turn to evict it is among old shards
}

// over reports whether the limits are exceeded.
func (d *drain) over() bool {
	return d.bytes.Load() > d.maxBytes.Load() || d.entries.Load() > d.maxEntries.Load()
}
