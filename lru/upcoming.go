package lru

import "github.com/cachegopher/cachegopher/lru/internal/memory"

// expectEviction asks the processor for what the next eviction will need, and does not wait for it: of each entry that may leave next
// its bucket and its counters, and the entries before it, whose turn comes after. An eviction would otherwise wait for each of
// them in turn. The entries themselves were asked for by the eviction before.
func (s *Shard) expectEviction() {
	oldest, oldestNew := s.order.Upcoming(&s.mem)
	s.expectLeaving(oldest)
	s.expectLeaving(oldestNew)
}

// expectLeaving is expectEviction for the entry at off; 0: there is none.
func (s *Shard) expectLeaving(off uint32) {
	if off == 0 {
		return
	}
	e := s.mem.Entry(off)
	if e.Prev != 0 {
		s.mem.Expect(e.Prev)
	}
	if e.KeyLen() > memory.CacheLine || s.mem.Chained(e) { // hashing the key would take longer than what it saves
		return
	}
	h := s.hashOf(off)
	s.order.ExpectLeaving(h)
	s.index.ExpectRemoval(&s.mem, h)
}
