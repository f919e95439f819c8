package lru

import (
	"math/rand/v2"
	"sync"
	"sync/atomic"

	"github.com/cachegopher/cachegopher/lru/internal/region"
)

// Cache is a sharded cache. Create it with New; its methods may be called from any goroutine, also after Close.
type Cache struct {
	table   atomic.Pointer[table]
	seed    uint64
	clock   func() int64
	rand    source
	options Options // as passed to New
	evicted *evicted
	watch   *watch
	loads   loads
	_       [cacheLine]byte

	limits     sync.Mutex // held while budgets, tables or the policy change, and before any shard's lock
	sums       sync.Mutex // held after limits, but not while the policy changes, which takes long: the counts of all shards may be added up
	maxEntries int64      // these are changed while both are held, and so is the set of tables; 0: no bound
	maxMemory  int64
	past       counters  // of tables dropped since
	prefixes   *prefixes // nil: there are none
	tuning     tuning    // of LFU, unless AUTO chooses; this and what follows is guarded by limits alone
	turn       uint32    // the old shard whose turn it is to evict
	closed     bool
	fileState  uint32 // of the current table's file

	chosen  atomic.Uint32 // the policy; changed while limits is held
	inUse   atomic.Uint32 // a use; changed while limits is held
	changes atomic.Int64  // of AUTO's mind
	stepped atomic.Uint32 // shards that rounds of background work have visited so far

	wake chan struct{} // asks the background goroutine for a round now
	look chan struct{} // asks it whether AUTO changes its mind
	stop chan struct{}
	done sync.WaitGroup // the goroutines in the background
}

// source draws random numbers from the runtime's generator, which is safe for
// concurrent use.
type source struct{}

func (source) Uint64() uint64 { return rand.Uint64() }

// New builds a cache. It reserves addresses but takes no memory yet. The error
// describes invalid options, or that the system refused the addresses.
func New(o Options) (*Cache, error) {
	c := newCache(o)
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	geo := o.plan()
	if err := geo.fits(o); err != nil {
		return nil, err
	}
	if c.seed == 0 {
		c.seed = rand.Uint64()
	}
	c.watch, c.prefixes = c.newWatch(o), newPrefixes(o.Prefixes)
	c.watch.setParts(c.prefixes, &partCounts{})
	t, err := c.newTable(geo)
	if err != nil {
		return nil, err
	}
	c.begin(t, o)
	return c, nil
}

// newCache returns a cache without a table.
func newCache(o Options) *Cache {
	c := &Cache{
		options: o,
		seed:    o.Seed,
		clock:   o.Clock,
		wake:    make(chan struct{}, 1),
		look:    make(chan struct{}, 1),
		tuning:  firstTuning(),
		stop:    make(chan struct{}),
	}
	c.chosen.Store(uint32(o.Policy))
	c.inUse.Store(firstUse(o.Policy).encode())
	if o.OnEvict != nil {
		c.evicted = &evicted{fn: o.OnEvict}
	}
	if c.clock == nil {
		c.clock = NewSystemClock().Now
	}
	return c
}

// begin makes t the first table, with the budgets of o.
func (c *Cache) begin(t *table, o Options) {
	c.table.Store(t)
	c.maxEntries, c.maxMemory = o.MaxEntries, o.MaxMemory
	c.share(t)
	t.noteUse(c.used())
	c.fileState = region.InUse
	t.setFileState(c.fileState)
	if o.NoBackground {
		return
	}
	c.done.Go(c.background)
	if c.large() {
		c.done.Go(c.enlarge)
	}
}

// Close stops the background work, empties the cache and gives its memory back.
// Afterwards every Get misses, and storing returns ErrClosed. It may be called at any time and more than once.
func (c *Cache) Close() error {
	return c.end(nil)
}

// giveUp counts what t, an old table with entries left, has counted.
func (c *Cache) giveUp(t *table) {
	for i := range t.shards {
		n := t.shards[i].stats
		n.expiring, n.liveBytes = 0, 0
		c.past.add(&n)
	}
}

// end is Close, but if leave is not nil, the memory of the current table stays, and leave is called while nobody can
// change it.
func (c *Cache) end(leave func(*table) error) (err error) {
	c.limits.Lock()
	if c.closed {
		c.limits.Unlock()
		return nil
	}
	c.closed = true
	close(c.stop)
	c.watch.close()
	c.sums.Lock()
	current := c.table.Load()
	tables := c.tables()
	c.lockEach()
	for _, t := range tables {
		t.setState(retired)
		if t == current && leave != nil {
			continue
		}
		if leave != nil {
			c.giveUp(t)
		}
		t.discard()
		t.closeFile()
	}
	if leave != nil {
		err = leave(current)
	}
	current.shared.olds = nil
	c.table.Store(closedTable(c.seed, c.used()))
	c.unlockTables(tables)
	c.sums.Unlock()
	c.limits.Unlock()
	c.done.Wait()
	return err
}
