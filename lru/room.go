package lru

// demand is what an insert is about to allocate: one slot of an entry class and
// so many chunks and segments.
type demand struct {
	class    uint8
	chunks   int
	segments int
}

// of is how many slots of class c the demand is for.
func (d demand) of(c uint8, t *sizeClasses) uint32 {
	switch c {
	case d.class:
		return 1
	case t.chunk:
		return uint32(d.chunks)
	case t.segment:
		return uint32(d.segments)
	}
	return 0
}

// makeRoom makes the allocations of d certain to succeed, by taking pages as
// long as the budget lasts, then by emptying sparse pages, then by evicting.
// Entries may move and vanish: offsets held by the caller are void.
func (s *Shard) makeRoom(d demand) error {
	if d.chunks|d.segments == 0 && s.classes[d.class].room > 0 {
		return nil
	}
	for {
		short := s.pagesShort(d)
		for ; short > 0 && s.growPage(); short-- {
		}
		if short <= 0 {
			return nil
		}
		if !s.evacuateSparse(d) && !s.evict() && !s.dropIndex() {
			return s.shared.refused
		}
	}
}

// dropIndex frees what an empty shard's index still takes, and reports whether
// that was anything.
func (s *Shard) dropIndex() bool {
	if s.held == int64(s.freeCount) {
		return false
	}
	s.reset()
	return true
}

// pagesShort is how many free pages the demand lacks.
func (s *Shard) pagesShort(d demand) int {
	short := -int(s.freeCount)
	for _, c := range [...]uint8{d.class, s.table.chunk, s.table.segment} {
		cs := &s.classes[c]
		if n := d.of(c, s.table); n > cs.room {
			short += int((n - cs.room + cs.perPage - 1) / cs.perPage)
		}
	}
	return short
}

// populateFrom is the number of pages from which on a shard has memory made
// resident a page at a time: a smaller one would have more resident than it uses.
const populateFrom = 16

// growPage takes one more page into the shard's free list, if budget and system
// grant it.
func (s *Shard) growPage() bool {
	if s.shared.drain != nil {
		s.payForPage()
	}
	if !s.shared.pages.claim(s.held) {
		return false
	}
	p := s.coldPages
	if p != 0 {
		s.unlinkPage(&s.coldPages, p)
	} else {
		p = uint32(len(s.pages))
		if !s.mem.commit((p + 1) << s.pageUnitShift) {
			s.shared.pages.release(s.held+1, 1)
			return false
		}
		s.pages = append(s.pages, page{class: noClass, minExpiry: noExpiry})
	}
	s.countPages(1)
	if s.held++; s.held > populateFrom {
		s.mem.populate(p<<s.pageUnitShift, (p+1)<<s.pageUnitShift)
	}
	s.linkPage(&s.freePages, p)
	s.freeCount++
	return true
}

// evict removes the least recently used entry; it reports false when there is none.
func (s *Shard) evict() bool {
	off := s.tail
	if off == 0 {
		return false
	}
	if at := s.expiry(off); at != 0 && at <= s.now {
		s.stats.expirations++
	} else {
		s.stats.evictions++
		s.noteEvicted(off)
	}
	s.drop(s.hashOf(off), off)
	return true
}

// shrink gives up to most pages back to the budget: free ones first, then by
// emptying and evicting. It reports whether it gave any.
func (s *Shard) shrink(most int) bool {
	gave := false
	for ; most > 0 && s.shared.pages.exceeded(s.held); most-- {
		for s.freeCount == 0 {
			if !s.evacuateSparse(demand{class: noClass}) && !s.evict() {
				return gave
			}
		}
		s.coolPage()
		gave = true
	}
	return gave
}

// coolPage gives the memory of one free page back to the system and the page to
// the budget. REQUIRES: freeCount > 0.
func (s *Shard) coolPage() {
	p := s.freePages
	s.unlinkPage(&s.freePages, p)
	s.freeCount--
	s.mem.release(p<<s.pageUnitShift, (p+1)<<s.pageUnitShift)
	s.linkPage(&s.coldPages, p)
	s.shared.pages.release(s.held, 1)
	s.held--
	s.countPages(-1)
}
