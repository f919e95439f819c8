package lru

import (
	"fmt"

	"github.com/cachegopher/cachegopher/lru/prefix"
	"github.com/cachegopher/cachegopher/lru/shadow"
)

// Prefix names a part of the keys that is counted apart: see package prefix.
type Prefix = prefix.Prefix

// PrefixStats are the counters and sizes of a prefix.
type PrefixStats struct {
	Prefix
	Entries int64
	// Bytes is what the entries take: their slots, and their shares of the index. Pages have empty slots too, so that even
	// prefixes that have all keys add up to a few percent less than Stats.UsedBytes.
	Bytes        int64
	Hits, Misses int64 // of Get; these and Evictions since New, Attach, or since the prefix was given
	Evictions    int64
	// Counting says that Entries and Bytes are too small as yet: entries from before the prefix was given, or from before
	// Attach, are counted in the background.
	Counting bool
	// Points predict the share of reads of the prefix that hit with other budgets of the whole cache, as Curve does, from
	// Sampled reads; nil without Options.Watch. If points are left out, Doubt says why the first of them is. Floors and
	// ceilings are simulated as they are today.
	Points  []CurvePoint
	Sampled float64
	Doubt   shadow.Doubt
}

// SetPrefixes replaces Options.Prefixes, with the same errors, and ErrClosed; after an error nothing has changed. If only
// floors and ceilings differ, they hold at once. A prefix that was there before keeps its counts of hits, misses and
// evictions.
func (c *Cache) SetPrefixes(all []Prefix) error {
	c.limits.Lock()
	defer c.limits.Unlock()
	if c.closed {
		return ErrClosed
	}
	if err := prefix.Check(all, c.maxMemory); err != nil {
		return fmt.Errorf("lru: %w", err)
	}
	c.sums.Lock()
	defer c.sums.Unlock()
	if c.prefixes.sameNames(all) {
		c.prefixes.setBounds(all)
		c.follow()
		return nil
	}
	c.follow() // while the curve's parts are those of the counts
	next := newPrefixes(all)
	next.inherit(c.prefixes)
	c.prefixes = next
	for _, t := range c.tables() {
		t.shared.prefixes = next
		for i := range t.shards {
			s := &t.shards[i]
			s.mu.Lock()
			s.setApart(s.countedAnew(next))
			s.mu.Unlock()
		}
	}
	sum, _ := c.countParts()
	c.watch.setParts(next, &sum) // what shards showed until now may have been numbered as before
	c.nudge()
	return nil
}

// Prefixes returns the counts of each prefix, in the order in which they were given. Like Stats, it is exact only while the
// cache is not used.
func (c *Cache) Prefixes() []PrefixStats {
	c.sums.Lock()
	defer c.sums.Unlock()
	if c.prefixes == nil {
		return nil
	}
	c.follow()
	sum, counting := c.countParts()
	p := c.prefixes
	all := make([]PrefixStats, len(p.keys))
	for i := range p.keys {
		n := &sum[i]
		points, sampled, doubt := c.watch.partPoints(i)
		all[p.keys[i].place] = PrefixStats{
			Prefix:  p.prefix(i),
			Entries: n.entries, Bytes: n.bytes, Hits: n.hits, Misses: n.misses, Evictions: n.evictions, Counting: counting,
			Points: points, Sampled: sampled, Doubt: doubt,
		}
	}
	return all
}

// countParts adds up what was counted of each prefix. counting says that some entries are still to be counted.
// REQUIRES: Cache.sums is held.
func (c *Cache) countParts() (sum partCounts, counting bool) {
	p := c.prefixes
	if p == nil {
		return sum, false
	}
	sum = p.past
	for _, t := range c.tables() {
		for i := range t.shards {
			s := &t.shards[i]
			s.mu.Lock()
			sum.add(s.apart)
			counting = counting || s.apart.counting()
			s.mu.Unlock()
		}
	}
	return sum, counting
}
