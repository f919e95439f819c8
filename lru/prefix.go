package lru

import (
	"errors"
	"fmt"
)

// Prefix names a part of the keys that is counted apart: those that begin with Name. Of several that fit, the longest one
// counts.
type Prefix struct {
	Name string
	// Min is a floor in bytes, as PrefixStats.Bytes counts them: no entry of a prefix that has less is evicted while others can
	// give. 0: none.
	Min int64
	// Max is a ceiling: a prefix that has more loses entries of its own. 0: none.
	Max int64
}

// MostPrefixes is how many prefixes a cache counts apart at most.
const MostPrefixes = 8

// MaxPrefix is the greatest length of a prefix in bytes.
const MaxPrefix = 256

// PrefixStats are the counters and sizes of a prefix.
type PrefixStats struct {
	Prefix
	Entries int64
	// Bytes is what the entries take: their slots, and their shares of the index. The pages that they lie in have empty slots
	// beside them, so that the prefixes together have a few percent less than Stats.UsedBytes.
	Bytes        int64
	Hits, Misses int64 // of Get; these and Evictions since New, Attach, or since the prefix was given
	Evictions    int64
	// Counting says that Entries and Bytes are too small as yet: entries from before the prefix was given, or from before
	// Attach, are counted in the background.
	Counting bool
}

// CheckPrefixes returns an error that describes a fault of prefixes for a cache of maxMemory bytes, 0: not bounded.
func CheckPrefixes(all []Prefix, maxMemory int64) error {
	if len(all) > MostPrefixes {
		return fmt.Errorf("lru: %d prefixes, %d are the most", len(all), MostPrefixes)
	}
	seen, floors := map[string]bool{}, int64(0)
	for _, p := range all {
		switch {
		case p.Name == "":
			return errors.New("lru: a prefix is empty")
		case len(p.Name) > MaxPrefix:
			return fmt.Errorf("lru: the prefix %.20q... has %d bytes, %d are the most", p.Name, len(p.Name), MaxPrefix)
		case seen[p.Name]:
			return fmt.Errorf("lru: the prefix %q is given twice", p.Name)
		case p.Min < 0 || p.Max < 0:
			return fmt.Errorf("lru: the floor or the ceiling of the prefix %q is negative", p.Name)
		case p.Max > 0 && p.Min > p.Max:
			return fmt.Errorf("lru: the floor of the prefix %q, %d bytes, is above its ceiling, %d bytes", p.Name, p.Min, p.Max)
		}
		seen[p.Name] = true
		floors += p.Min
	}
	if maxMemory > 0 && floors > maxMemory {
		return fmt.Errorf("lru: the floors of the prefixes are %d bytes together, MaxMemory is %d", floors, maxMemory)
	}
	return nil
}

// SetPrefixes changes what Options.Prefixes gave, with the same errors, and ErrClosed; nothing has changed after one. If only
// floors and ceilings differ, they hold at once. A prefix that was there before, keeps its counts of hits, misses and
// evictions.
func (c *Cache) SetPrefixes(all []Prefix) error {
	c.limits.Lock()
	defer c.limits.Unlock()
	if c.closed {
		return ErrClosed
	}
	if err := CheckPrefixes(all, c.maxMemory); err != nil {
		return err
	}
	if c.prefixes.sameNames(all) {
		c.prefixes.setBounds(all)
		return nil
	}
	next := newPrefixes(all)
	next.inherit(c.prefixes)
	c.prefixes = next
	for _, t := range c.tables() {
		t.shared.prefixes = next
		for i := range t.shards {
			s := &t.shards[i]
			s.mu.Lock()
			s.apart = s.countedAnew(next)
			s.mu.Unlock()
		}
	}
	c.nudge()
	return nil
}

// Prefixes returns the counts of each prefix, in the order in which they were given. Like Stats, it is exact only while the
// cache is not used.
func (c *Cache) Prefixes() []PrefixStats {
	c.limits.Lock()
	defer c.limits.Unlock()
	p := c.prefixes
	if p == nil {
		return nil
	}
	sum, counting := p.past, false
	for _, t := range c.tables() {
		for i := range t.shards {
			s := &t.shards[i]
			s.mu.Lock()
			sum.add(s.apart)
			counting = counting || s.apart.counting()
			s.mu.Unlock()
		}
	}
	all := make([]PrefixStats, len(p.keys))
	for i := range p.keys {
		n := &sum[i]
		all[p.keys[i].place] = PrefixStats{
			Prefix:  p.prefix(i),
			Entries: n.entries, Bytes: n.bytes, Hits: n.hits, Misses: n.misses, Evictions: n.evictions, Counting: counting,
		}
	}
	return all
}
