package lru

import (
	"fmt"

	"github.com/cachegopher/cachegopher/lru/internal/region"
)

// SetLimits changes the budgets to those that New derives from Options{MaxEntries: maxEntries, MaxMemory: maxMemory},
// with the same errors, defaults and number of shards. On an error nothing has changed.
//
// If the budgets shrink, entries are evicted in the background. If they need another number of shards, entries move to
// the new shards in the background, in their order of use, and can be found all the while. A cache in a file changes its
// shards only for very different budgets, since a process that dies meanwhile loses entries.
//
// A cache that evicts nothing (NONE) returns ErrFull for limits below what is in use. If its entries have to move to new
// shards, whose slots may be larger, they may take up to a 16th more than the budget; those without room even then are
// evicted.
func (c *Cache) SetLimits(maxEntries, maxMemory int64) error {
	c.limits.Lock()
	defer c.limits.Unlock()
	if c.closed {
		return ErrClosed
	}
	o := c.options
	o.MaxEntries, o.MaxMemory, o.Policy, o.Prefixes = maxEntries, maxMemory, c.policy(), c.prefixes.all()
	o, err := o.withDefaults()
	if err != nil {
		return err
	}
	if err := c.fitsFull(o); err != nil {
		return err
	}
	return c.setLimits(o)
}

// setLimits makes the budgets those of o. REQUIRES: Cache.limits is held.
func (c *Cache) setLimits(o Options) error {
	geo := o.plan()
	if err := geo.fits(o); err != nil {
		return err
	}
	t := c.table.Load()
	if !t.serves(geo, o) {
		var err error
		if t, err = c.newTable(geo); err != nil {
			return fmt.Errorf("lru: new shards for other limits: %w", err)
		}
		for len(c.table.Load().shared.olds) >= maxOlds {
			c.moveSome()
		}
	}
	t.noteUse(c.used())
	c.sums.Lock()
	defer c.sums.Unlock()
	c.maxEntries, c.maxMemory = o.MaxEntries, o.MaxMemory
	tables := c.tables()
	c.lockEach()
	if t != tables[0] {
		t.succeed(tables)
		// Only now may anything be stored in the new table: at any moment, at most one file has all that was stored.
		tables[0].setFileState(region.Retired)
		t.setFileState(c.fileState)
	}
	c.share(t)
	c.table.Store(t)
	c.unlockTables(tables)
	c.follow()
	c.nudge()
	return nil
}

// fitsFull returns an error if the policy evicts nothing and more is in use than the limits of o allow.
// REQUIRES: Cache.limits is held.
func (c *Cache) fitsFull(o Options) error {
	if o.Policy != NONE {
		return nil
	}
	st := c.Stats()
	if o.MaxMemory > 0 && st.UsedBytes > o.MaxMemory || o.MaxEntries > 0 && st.Entries > o.MaxEntries {
		return fmt.Errorf("lru: %d entries in %d bytes are more than the new limits allow: %w", st.Entries, st.UsedBytes, ErrFull)
	}
	return nil
}

// share divides the budgets among the shards of t. REQUIRES: t is locked, or not yet shared.
func (c *Cache) share(t *table) {
	pages, entries := make([]int64, len(t.shards)), make([]int64, len(t.shards))
	var beside int64
	for i := range t.shards {
		s := &t.shards[i]
		pages[i], entries[i] = s.mem.Held(), s.entries()
		beside += s.beside()
	}
	keys := besideEntries(c.policy(), c.maxMemory)
	for i := range t.shards {
		t.shards[i].order.LimitMemory(keys / int64(len(t.shards)))
		t.shards[i].index.LimitDirectory(c.entriesAtMost() / int64(len(t.shards)) / 2)
	}
	limit := t.pageLimit(c.maxMemory-keys, beside)
	t.shared.pages.share(limit, pages)
	t.shared.entries.share(orUnbounded(c.maxEntries), entries)
	if d := t.shared.drain; d != nil {
		d.maxBytes.Store(limit << t.geo.pageShift)
		d.maxEntries.Store(orUnbounded(c.maxEntries))
	}
}

// entriesAtMost is about how many entries there can be, or more.
func (c *Cache) entriesAtMost() int64 {
	if c.maxMemory == 0 {
		return c.maxEntries
	}
	return min(c.maxMemory/leastBytes, orUnbounded(c.maxEntries))
}

// leastBytes is what the smallest entry takes with its share of the index.
const leastBytes = 30

// directoryShare is the divisor of the part of a byte budget that is set aside for the directories of the index, which
// take 16 to 32 bytes for each segment of a hundred entries or more.
const directoryShare = 256

// pageLimit is how many pages a byte budget allows. beside is the bytes that all shards already use beside their pages,
// which a smaller budget does not reduce.
func (t *table) pageLimit(maxMemory, beside int64) int64 {
	if maxMemory == 0 {
		return unbounded >> t.geo.pageShift
	}
	pages := t.geo.pagesIn(maxMemory)
	return max(min(pages, (maxMemory-beside)>>t.geo.pageShift), 1)
}

// unbounded stands for no limit in a budget.
const unbounded = int64(1) << 48

func orUnbounded(n int64) int64 {
	if n == 0 {
		return unbounded
	}
	return n
}

// maxOlds is how many old tables may have entries left. SetLimits first empties one if there are as many.
const maxOlds = 3

// succeed retires the tables olds and makes t, which is new, fetch their entries as they are asked for.
// REQUIRES: c.limits is held and olds are locked.
func (t *table) succeed(olds []*table) {
	d := &drain{}
	olds[0].shared.olds = nil
	t.shared.olds, t.shared.drain = olds, d
	for _, o := range olds {
		o.setState(retired)
		o.shared.drain = d
		o.shared.pages.free()
		o.shared.entries.free()
		for i := range o.shards {
			d.bytes.Add(o.shards[i].occupied())
			d.entries.Add(o.shards[i].entries())
		}
	}
	t.setState(moving)
	for i := range t.shards {
		t.shards[i].succeed(olds[0], i, len(t.shards))
	}
}
