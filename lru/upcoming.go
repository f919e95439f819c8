package lru

import "github.com/cachegopher/cachegopher/lru/internal/memory"

// expectEviction asks the processor for what the next eviction will need of the entry that may leave, unless prepareEviction does,
// and for the entry before, whose turn comes after; it does not wait for them.
func (s *Shard) expectEviction() {
	off := s.order.Upcoming(&s.mem)
	if off == 0 {
		return
	}
	if prev := s.mem.Entry(off).Prev; prev != 0 {
		s.mem.Expect(prev)
	}
	s.expectLeaving(off)
}

// prepareEviction does a step of what coming evictions would wait for. REQUIRES that a change is under way.
func (s *Shard) prepareEviction() {
	if !s.order.Unprepared() {
		return
	}
	if off := s.order.Prepare(&s.mem); off != 0 {
		s.expectLeaving(off)
	}
}

// expectLeaving asks the processor for what the eviction of the entry at off will need beside the entry: its bucket, the
// description of its page, and what the policy remembers of its key.
func (s *Shard) expectLeaving(off uint32) {
	e := s.mem.Entry(off)
	if e.KeyLen() > memory.CacheLine || s.mem.Chained(e) { // hashing the key would take longer than what it saves
		return
	}
	h := s.order.HashOf(&s.mem, off, s.hashOf)
	s.order.ExpectLeaving(h)
	s.index.ExpectRemoval(&s.mem, h)
	s.mem.ExpectFree(off)
}
