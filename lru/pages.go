package lru

import "math"

// page describes one page of a shard's memory. Page 0 is never used, so that
// offset and page number 0 mean none.
type page struct {
	next, prev uint32 // in its class's list of pages with room, or in the list of free pages
	free       uint32 // first slot given up, 0: none
	live       uint16 // slots in use
	bump       uint16 // slots handed out at least once; those above hold garbage
	class      uint8  // noClass: holds nothing
	minExpiry  int64  // no entry in it expires before; noExpiry: none expires
}

const (
	noClass  = 0xff
	noExpiry = math.MaxInt64
	pageCost = 40 // bytes of the page struct, counted against the budget
)

// classState is what a shard knows of one size class.
type classState struct {
	size    uint32 // bytes of a slot
	perPage uint32 // slots of a page
	roomy   uint32 // list of pages with free slots, the one freed into last in front
	room    uint32 // free slots in all pages of the class
	pages   uint32 // pages of the class
}

// alloc takes a slot of class c. REQUIRES: makeRoom granted it.
func (s *Shard) alloc(c uint8) uint32 {
	cs := &s.classes[c]
	if cs.roomy == 0 {
		s.openPage(c)
	}
	p := cs.roomy
	pg := &s.pages[p]
	off := pg.free
	if off != 0 {
		pg.free = s.freeAt(off).next
	} else {
		off = p<<s.pageUnitShift + uint32(pg.bump)*(cs.size/unit)
		pg.bump++
	}
	pg.live++
	if cs.room--; cs.room < cs.perPage {
		s.sparse &^= 1 << c
	}
	if uint32(pg.live) == cs.perPage {
		s.unlinkPage(&cs.roomy, p)
	}
	return off
}

// free gives the slot at off back to its class, and its page back to the shard
// when it was the last one in use there.
func (s *Shard) free(off uint32) {
	p := off >> s.pageUnitShift
	pg := &s.pages[p]
	cs := &s.classes[pg.class]
	s.mem.poison(off, off+cs.size/unit)
	*s.freeAt(off) = freeSlot{mark: freeMark, next: pg.free}
	pg.free = off
	if uint32(pg.live) == cs.perPage {
		s.linkPage(&cs.roomy, p)
	}
	pg.live--
	if cs.room++; cs.room >= cs.perPage {
		s.sparse |= 1 << pg.class
	}
	if pg.live == 0 {
		s.unlinkPage(&cs.roomy, p)
		s.closePage(p)
	}
}

// openPage gives a free page to class c. REQUIRES: the shard has a free page.
func (s *Shard) openPage(c uint8) {
	p := s.freePages
	s.unlinkPage(&s.freePages, p)
	s.freeCount--
	cs := &s.classes[c]
	s.pages[p] = page{class: c, minExpiry: noExpiry}
	s.mem.poison(p<<s.pageUnitShift, (p+1)<<s.pageUnitShift)
	s.linkPage(&cs.roomy, p)
	cs.pages++
	if cs.room += cs.perPage; cs.room >= cs.perPage {
		s.sparse |= 1 << c
	}
}

// closePage takes the empty, unlinked page p from its class.
func (s *Shard) closePage(p uint32) {
	pg := &s.pages[p]
	cs := &s.classes[pg.class]
	cs.pages--
	if cs.room -= cs.perPage; cs.room < cs.perPage {
		s.sparse &^= 1 << pg.class
	}
	*pg = page{class: noClass, minExpiry: noExpiry}
	s.linkPage(&s.freePages, p)
	s.freeCount++
}

func (s *Shard) linkPage(head *uint32, p uint32) {
	s.pages[p].next, s.pages[p].prev = *head, 0
	if *head != 0 {
		s.pages[*head].prev = p
	}
	*head = p
}

func (s *Shard) unlinkPage(head *uint32, p uint32) {
	pg := &s.pages[p]
	if pg.prev != 0 {
		s.pages[pg.prev].next = pg.next
	} else {
		*head = pg.next
	}
	if pg.next != 0 {
		s.pages[pg.next].prev = pg.prev
	}
	pg.next, pg.prev = 0, 0
}

// slots calls fn for every live slot of page p, in the order of addresses.
// fn may free the slot it is given; should that close the page, and even open it
// again for another class, the walk ends.
func (s *Shard) slots(p uint32, fn func(off uint32)) {
	class := s.pages[p].class
	size := s.classes[class].size / unit
	off := p << s.pageUnitShift
	for n := s.pages[p].bump; n > 0 && s.pages[p].class == class; n-- {
		if *s.word(off) != freeMark {
			fn(off)
		}
		off += size
	}
}
