package lru

import (
	"errors"
	"fmt"

	"github.com/cachegopher/cachegopher/lru/internal/memory"
)

// Check checks list, index, pages, chains, counters and budgets against each other. It is for tests: it keeps all shards
// locked while it looks at every entry. The error lists all violations.
func (c Shards) Check() error {
	var errs []error
	var pages, entries int64 // held beyond the guarantees
	var bytes, count int64   // as the drain should count them
	c.limits.Lock()
	defer c.limits.Unlock()
	c.lockEach()
	defer c.unlockEach()
	current := c.table.Load()
	for n, t := range c.tables() {
		for i := range t.shards {
			s := &t.shards[i]
			for _, err := range s.check() {
				errs = append(errs, fmt.Errorf("table %d, shard %d: %w", n, i, err))
			}
			if is := s.using(); is != c.used() {
				errs = append(errs, fmt.Errorf("table %d, shard %d: it evicts by %+v, the cache by %+v", n, i, is, c.used()))
			}
			bytes, count = bytes+s.accounted(), count+s.entries()
			if t == current {
				pages += max(0, s.mem.Held()-t.shared.pages.each)
				entries += max(0, s.entries()-t.shared.entries.each)
			}
		}
	}
	sh := &current.shared
	shards := len(current.shards)
	errs = append(errs, sh.pages.check("pages", pages, shards), sh.entries.check("entries", entries, shards))
	if d := sh.drain; d != nil && (d.bytes.Load() != bytes || d.entries.Load() != count) {
		errs = append(errs, fmt.Errorf("all tables have %d bytes in %d entries, accounted %d in %d",
			bytes, count, d.bytes.Load(), d.entries.Load()))
	}
	errs = append(errs, c.checkSums()...)
	return errors.Join(errs...)
}

// checkSums compares the bytes that shards have counted of each prefix with the sum that they share.
// REQUIRES: all shards are locked.
func (c *Cache) checkSums() (errs []error) {
	if c.prefixes == nil || c.closed {
		return nil
	}
	for i := range c.prefixes.keys {
		sum, bytes := c.prefixes.keys[i].used.Load(), int64(0)
		for _, t := range c.tables() {
			for n := range t.shards {
				a := t.shards[n].apart
				if a == nil { // the cache was given up
					return nil
				}
				sum += a.pending[i]
				bytes += a.counts[i].bytes
			}
		}
		if sum != bytes {
			errs = append(errs, fmt.Errorf("the shards have %d bytes of prefix %d, their sum is %d", bytes, i, sum))
		}
	}
	return errs
}

// check compares the rest of the common part with what all shards hold beyond their guarantees.
func (b *budget) check(what string, beyond int64, shards int) error {
	if want := b.total - int64(shards)*b.each - beyond; b.common.Load() != want {
		return fmt.Errorf("%d %s remain of the common part, want %d", b.common.Load(), what, want)
	}
	return nil
}

// check checks the parts of a shard against each other.
func (s *Shard) check() []error {
	a := &memory.Audit{}
	entries := map[uint32]uint64{}
	var live, expiring int64
	var parts partCounts
	s.order.Check(&s.mem, a, func(off uint32) {
		s.mem.CheckEntry(a, off)
		live += int64(s.mem.Entry(off).Size())
		if s.mem.Expiry(off) != 0 {
			expiring++
		}
		entries[off] = s.index.HashOf(&s.mem, off)
		s.auditPart(&parts, off)
	})
	if live != s.stats.liveBytes || expiring != s.stats.expiring {
		a.Fail("the entries have %d bytes, %d expire; counted %d, %d", live, expiring, s.stats.liveBytes, s.stats.expiring)
	}
	if s.apart != nil {
		for i, n := range s.apart.counts {
			if want := parts[i]; n.entries != want.entries || n.bytes != want.bytes {
				a.Fail("prefix %d has %d entries of %d bytes; counted %d of %d", i, want.entries, want.bytes, n.entries, n.bytes)
			}
		}
	}
	s.index.Check(&s.mem, a, entries)
	s.mem.Check(a)
	return a.Errs
}

// auditPart adds the entry at off to the counts of its prefix, if that is to be counted.
func (s *Shard) auditPart(n *partCounts, off uint32) {
	if s.apart == nil || s.mem.PageOf(off) >= s.apart.next {
		return
	}
	if i := s.apart.of.match(s.mem.Key(off)); i != none {
		n[i].entries++
		n[i].bytes += int64(s.Footprint(Entry(off)))
	}
}
