package lru

import (
	"math"

	"github.com/cachegopher/cachegopher/lru/prefix"
)

// apart has what a shard counts of each prefix. The shard's lock guards it; nil: there are no prefixes.
//
// Nothing of it is kept with entries: the prefix of an entry is found by looking at its key. Entries that were there before
// the prefixes are counted page by page in the background. Until that is done, only those in pages below next are counted.
type apart struct {
	of     *prefixes
	counts partCounts
	next   uint32 // page; allPages: all are counted

	pending  [prefix.Most]int64 // bytes of each prefix that are not added to its sum yet
	released uint32             // prefixes.released when searches last began anew
	copied   []byte             // of a key whose beginning is in several pieces
}

const allPages = math.MaxUint32

// newApart is for a shard without entries.
func newApart(p *prefixes) *apart {
	if p == nil {
		return nil
	}
	return &apart{of: p, next: allPages}
}

// setApart makes a what the shard counts of prefixes.
func (s *Shard) setApart(a *apart) {
	s.apart = a
	if a == nil {
		s.order.Protect(nil)
	} else {
		s.order.Protect(s.keeps)
	}
}

// countedAnew counts the entries of s by p. The uses of a prefix that was there before still count.
func (s *Shard) countedAnew(p *prefixes) *apart {
	a := newApart(p)
	if a == nil {
		return nil
	}
	if s.entries() > 0 {
		a.next = 0
	}
	if s.apart != nil {
		a.counts.takeOver(&s.apart.counts, p, s.apart.of)
	}
	return a
}

// counting reports whether some entries are still to be counted. a may be nil.
func (a *apart) counting() bool { return a != nil && a.next != allPages }

// countMore counts the entries of some more pages, and reports whether there were any to count.
func (s *Shard) countMore() bool {
	if !s.apart.counting() {
		return false
	}
	for range sweepVisits {
		if int(s.apart.next) >= s.mem.Pages() {
			s.apart.next = allPages
			break
		}
		page := s.apart.next
		s.apart.next++ // add counts what lies below
		s.mem.EachEntry(page, s.countAdded)
	}
	return true
}

// prefixOf is the number of the prefix of the entry at off, or none. REQUIRES: there are prefixes.
func (s *Shard) prefixOf(off uint32) int {
	a, h := s.apart, s.mem.Entry(off)
	key := s.mem.SlotKey(off, h)
	if key == nil {
		a.copied = s.mem.Append(a.copied[:0], off, 0, min(h.KeyLen(), a.of.longest()))
		key = a.copied
	}
	return a.of.match(key)
}

// countAdded counts the entry at off, which has come.
func (s *Shard) countAdded(off uint32) {
	if s.apart != nil {
		s.countPart(off, 1)
	}
}

// countRemoved counts that the entry at off, which is still there, goes.
func (s *Shard) countRemoved(off uint32) {
	if s.apart != nil {
		s.countPart(off, -1)
	}
}

// countMoved counts the entry that was at from and is now at to.
func (s *Shard) countMoved(from, to uint32) {
	if a := s.apart; a.counting() {
		switch was, is := s.mem.PageOf(from) < a.next, s.mem.PageOf(to) < a.next; {
		case is && !was:
			s.countPart(to, 1)
		case was && !is:
			a.change(s.prefixOf(to), -1, -int64(s.Footprint(Entry(to))))
		}
	}
}

// countPart counts n more entries, 1 or -1, if it is time to count the one at off.
func (s *Shard) countPart(off uint32, n int64) {
	if s.mem.PageOf(off) < s.apart.next {
		s.apart.change(s.prefixOf(off), n, n*int64(s.Footprint(Entry(off))))
	}
}

// change counts more entries and bytes of the prefix i.
func (a *apart) change(i int, entries, bytes int64) {
	if i != none {
		a.counts[i].entries += entries
		a.counts[i].bytes += bytes
		a.pending[i] += bytes
		a.addPending(i)
	}
}

// forget counts that all entries go. a may be nil.
func (a *apart) forget() {
	if a == nil {
		return
	}
	for i := range a.of.keys {
		n := &a.counts[i]
		a.change(i, -n.entries, -n.bytes)
	}
	a.next = allPages
}

// match is the number of the prefix of key, or none. a may be nil.
func (a *apart) match(key []byte) int {
	if a == nil {
		return none
	}
	return a.of.match(key)
}

// countUse counts a read of key.
func (a *apart) countUse(key []byte, hit bool) {
	if i := a.of.match(key); i == none {
		return
	} else if hit {
		a.counts[i].hits++
	} else {
		a.counts[i].misses++
	}
}

// countEvicted counts an eviction of an entry of key, whose hash is h, of size bytes, and shows it to the simulations.
func (s *Shard) countEvicted(h uint64, key []byte, size int64) {
	part := s.apart.match(key)
	s.apart.evicted(part)
	s.stats.evictions++
	if w := s.shared.watch; w.wantsEvicted(h, part) {
		w.evicted(h, int(size), part)
	}
}

// countEvictedAt is countEvicted of the entry at off, which is still there, and whose key has the hash h.
func (s *Shard) countEvictedAt(h uint64, off uint32) {
	part := none
	if s.apart != nil {
		part = s.prefixOf(off)
		s.apart.evicted(part)
	}
	s.stats.evictions++
	if w := s.shared.watch; w.wantsEvicted(h, part) {
		w.evicted(h, s.Footprint(Entry(off)), part)
	}
}

// evicted counts an eviction of an entry of this prefix, or none. a may be nil.
func (a *apart) evicted(part int) {
	if a != nil && part != none {
		a.counts[part].evictions++
	}
}
