package lru

import "github.com/cachegopher/cachegopher/lru/internal/memory"

// roomMaker is makeRoom or makeRoomBeyond.
type roomMaker func(*Shard, memory.Demand) error

// makeRoom makes the allocations of d certain to succeed, by taking pages while the budget lasts, then by emptying
// sparse pages, then by evicting. Entries may move and vanish, so the caller's offsets become invalid.
func (s *Shard) makeRoom(d memory.Demand) error {
	for {
		short := s.mem.Short(d)
		for ; short > 0 && s.growPage(); short-- {
		}
		if short <= 0 {
			return nil
		}
		if !s.evacuate(d) && !s.evict() && !s.dropIndex() {
			return s.refusal()
		}
	}
}

// makeRoomBeyond is makeRoom for writes that a full cache which evicts nothing should not refuse: it takes pages beyond
// the budget, up to a 16th of it. These are
//   - an expiry for an entry that had none, which makes room in the end;
//   - another key for an entry, whose old one goes at once;
//   - an entry that moves here from an older table, or that another node has stored: it would be lost only because slots have
//     other sizes here, or because writes come in another order.
func (s *Shard) makeRoomBeyond(d memory.Demand) error {
	err := s.makeRoom(d)
	for err != nil && s.order.Refuses() && s.mem.Short(d) > 0 {
		if s.drained(overdraft) || !s.shared.pages.overdraw(s.mem.Held()) || !s.takePage() {
			return err
		}
	}
	return nil
}

// The methods below that call others between Begin and End are changes of their own; the others REQUIRE that a change is
// under way.

// emptyPage is evacuate as a change of its own, without a demand.
func (s *Shard) emptyPage() bool {
	s.mem.Begin()
	defer s.mem.End()
	return s.evacuate(memory.Nothing)
}

// evictOne is evict as a change of its own.
func (s *Shard) evictOne() bool {
	s.mem.Begin()
	defer s.mem.End()
	return s.evict()
}

// dropOne is drop as a change of its own.
func (s *Shard) dropOne(h uint64, off uint32) {
	s.mem.Begin()
	s.drop(h, off)
	s.mem.End()
}

// refusal is the error for an entry without room.
func (s *Shard) refusal() error {
	if s.order.Refuses() && s.entries() > 0 {
		return ErrFull
	}
	return s.shared.refused
}

// evictExpired removes entries that have expired, and reports whether there were any. A shard that is full looks for some
// once a millisecond.
func (s *Shard) evictExpired() bool {
	if s.stats.expiring == 0 || s.swept == s.now {
		return false
	}
	s.swept = s.now
	_, removed, _ := s.mem.Sweep(s.now, sweepPages, sweepVisits, func(off uint32) {
		h := s.index.HashOf(&s.mem, off)
		s.countExpired(h)
		s.drop(h, off)
	})
	return removed > 0
}

// evacuate empties a sparse page whose slots d does not ask for, and reports whether there was one.
func (s *Shard) evacuate(d memory.Demand) bool { return s.mem.Evacuate(d, s.moved) }

// moved makes the index and the order refer to the slot at to in place of the one at from.
func (s *Shard) moved(from, to uint32, segment bool) {
	if segment {
		s.index.MovedSegment(&s.mem, to)
		return
	}
	s.index.MovedEntry(&s.mem, from, to)
	s.order.Moved(&s.mem, from, to)
	s.countMoved(from, to)
}

// dropIndex frees the remaining memory of an empty shard's index, and reports whether there was any.
func (s *Shard) dropIndex() bool {
	if s.mem.Held() == s.mem.FreePages() || s.entries() > 0 {
		return false
	}
	s.empty()
	return true
}

// growPage takes one more page, if budget and system grant it.
func (s *Shard) growPage() bool {
	if s.shared.drain != nil {
		s.payForPage()
		if s.order.Refuses() && s.drained(0) {
			return false
		}
	}
	return s.shared.pages.claim(s.mem.Held()) && s.takePage()
}

// takePage takes a page that the budget has granted, if the system grants it too.
func (s *Shard) takePage() bool {
	if !s.mem.Grow() {
		s.shared.pages.release(s.mem.Held()+1, 1)
		return false
	}
	s.countPages(1)
	return true
}

// evict removes the entry that the policy chooses; it returns false if there is none.
func (s *Shard) evict() bool {
	off := s.victim()
	if off == 0 {
		return s.order.Refuses() && s.evictExpired()
	}
	s.evictAt(off)
	return true
}

// evictAt removes the entry at off for room.
func (s *Shard) evictAt(off uint32) {
	h := s.order.HashOf(&s.mem, off, s.hashOf)
	if at := s.mem.Expiry(off); at != 0 && at <= s.now {
		s.countExpired(h)
	} else {
		s.countEvictedAt(h, off)
		s.noteEvicted(off)
		s.order.Evicted(&s.mem, off, h)
	}
	s.drop(h, off)
	s.expectEviction()
}

// victim is the entry to evict next, 0 if there is none.
func (s *Shard) victim() (off uint32) {
	s.seekAnew()
	if s.order.ByExpiry() && s.stats.expiring > 0 {
		if s.soon == nil {
			s.soon = &memory.Soon{}
		}
		if off = s.soon.Next(&s.mem); off != 0 && s.apart != nil && s.keeps(off) {
			off = 0
		}
	}
	if off == 0 {
		off = s.order.Victim(&s.mem, s.hashOf)
	}
	return off
}

// shrink gives up to most pages back to the budget, emptying and evicting if none is free. It reports whether it gave
// any.
func (s *Shard) shrink(most int) bool {
	gave := false
	for ; most > 0 && s.shared.pages.exceeded(s.mem.Held()); most-- {
		for s.mem.FreePages() == 0 {
			if !s.emptyPage() && !s.evictOne() {
				return gave
			}
		}
		s.coolPage()
		gave = true
	}
	return gave
}

// coolPage gives the memory of one free page back to the system and the page to the budget.
// REQUIRES: the memory has a free page.
func (s *Shard) coolPage() {
	s.mem.Shrink()
	s.shared.pages.release(s.mem.Held()+1, 1)
	s.countPages(-1)
}
