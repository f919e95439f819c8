package lru

// The LRU list is exact in a small shard. In a larger one a hit leaves an entry
// where it is while it was moved within the last eighth of the shard's entries:
// the two neighbours' cache misses are saved for the keys that are asked for all
// the time, and hit ratios stay those of the exact list.

// pushFront makes the entry at off, which is in no list, the most recently used.
func (s *Shard) pushFront(off uint32) {
	h := s.entry(off)
	h.prev, h.next = 0, s.head
	if s.head != 0 {
		s.entry(s.head).prev = off
	} else {
		s.tail = off
	}
	s.head = off
	s.moves++
	h.stamp = h.stamp&stampBits | s.moves&stampMask
}

// pushBack makes the entry at off, which is in no list, the least recently used.
func (s *Shard) pushBack(off uint32) {
	h := s.entry(off)
	h.prev, h.next = s.tail, 0
	if s.tail != 0 {
		s.entry(s.tail).next = off
	} else {
		s.head = off
	}
	s.tail = off
}

// unlink takes the entry out of the list.
func (s *Shard) unlink(h *header) {
	if h.prev != 0 {
		s.entry(h.prev).next = h.next
	} else {
		s.head = h.next
	}
	if h.next != 0 {
		s.entry(h.next).prev = h.prev
	} else {
		s.tail = h.prev
	}
}

// touch marks the entry at off as used now.
func (s *Shard) touch(off uint32) {
	h := s.entry(off)
	if s.recent(h.stamp) {
		return
	}
	if s.head == off {
		s.moves++
		h.stamp = h.stamp&stampBits | s.moves&stampMask
		return
	}
	s.unlink(h)
	s.pushFront(off)
}

// recent reports whether an entry with this stamp need not move on a hit.
func (s *Shard) recent(stamp uint32) bool {
	n := uint32(s.stats.entries)
	return n > exactEntries && (s.moves-stamp)&stampMask < n/8
}
