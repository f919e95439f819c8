package lru

import "math/bits"

// Emptying sparse pages is what keeps memory from staying with sizes that are no
// longer stored: once a class has a page's worth of free slots, one of its pages
// can be emptied into the others and serve any class.

// victimLook is how many pages are looked at to find a sparse one.
const victimLook = 32

// evacuateSparse empties one page of a class that has a page's worth of free
// slots beyond what d asks of it, and reports whether there was one.
func (s *Shard) evacuateSparse(d demand) bool {
	best, most := uint8(noClass), uint32(0)
	for m := s.sparse; m != 0; m &= m - 1 {
		c := uint8(bits.TrailingZeros64(m))
		cs := &s.classes[c]
		if need := d.of(c, s.table); cs.room >= cs.perPage+need {
			if spare := (cs.room - need) * cs.size; spare > most {
				best, most = c, spare
			}
		}
	}
	if best == noClass {
		return false
	}
	s.evacuate(best)
	return true
}

// evacuate moves what one page of class c holds to others of the class.
// REQUIRES: the class has a page's worth of free slots.
func (s *Shard) evacuate(c uint8) {
	cs := &s.classes[c]
	victim := cs.roomy
	for p, n := victim, victimLook; p != 0 && n > 0; p, n = s.pages[p].next, n-1 {
		if s.pages[p].live < s.pages[victim].live {
			victim = p
		}
	}
	s.unlinkPage(&cs.roomy, victim)
	// The victim's free slots are out of reach from here on.
	cs.room -= cs.perPage - uint32(s.pages[victim].live)
	s.slots(victim, func(off uint32) {
		to := s.alloc(c)
		s.copySlot(to, off, cs.size)
		s.moved(c, off, to)
		s.mem.poison(off, off+cs.size/unit)
	})
	if cs.room < cs.perPage {
		s.sparse &^= 1 << c
	}
	cs.pages--
	s.pages[victim] = page{class: noClass, minExpiry: noExpiry}
	s.linkPage(&s.freePages, victim)
	s.freeCount++
}

// moved makes everything that refers to the slot at from refer to its copy at to.
func (s *Shard) moved(c uint8, from, to uint32) {
	switch c {
	case s.table.chunk:
		s.movedChunk(from, to)
	case s.table.segment:
		s.point(newSegRef(to, uint(s.bucketAt(to, 1).meta)))
	default:
		s.movedEntry(from, to)
	}
}

func (s *Shard) movedEntry(from, to uint32) {
	e := s.entry(to)
	if s.chained(e) {
		if first := *s.linkOf(to, e); first != 0 {
			s.chunkAt(first).owner = to
		}
	}
	b, slot := s.locate(s.hashOf(to), from)
	b.offs[slot] = to
	if e.prev != 0 {
		s.entry(e.prev).next = to
	} else {
		s.head = to
	}
	if e.next != 0 {
		s.entry(e.next).prev = to
	} else {
		s.tail = to
	}
	s.noteExpiry(to, s.expiry(to))
}

func (s *Shard) movedChunk(from, to uint32) {
	c := s.chunkAt(to)
	if s.pages[c.owner>>s.pageUnitShift].class == s.table.chunk {
		s.chunkAt(c.owner).next = to
	} else {
		*s.linkOf(c.owner, s.entry(c.owner)) = to
	}
	if c.next != 0 {
		s.chunkAt(c.next).owner = to
	}
}
