package memory

import "math"

// page describes one page of a shard's memory. Page 0 is never used, so that
// offset and page number 0 mean none.
type page struct {
	next, prev uint32 // in its class's list of pages with room, or in the list of free pages
	free       uint32 // first freed slot, 0: none
	live       uint16 // slots in use
	bump       uint16 // slots handed out at least once; those above hold garbage
	class      uint8  // NoClass: holds nothing
	lacking    uint8  // pieces of populateStep bytes at its end that are still to be made resident
	minExpiry  int64  // no entry in it expires before; noExpiry: none expires
}

const (
	NoClass  = 0xff
	noExpiry = math.MaxInt64
	PageCost = 40 // bytes of the page struct, counted against the budget
)

// classState is a shard's state of one size class.
type classState struct {
	size    uint32 // bytes of a slot
	perPage uint32 // slots of a page
	roomy   uint32 // list of pages with free slots, beginning with the page that last became one
	room    uint32 // free slots in all pages of the class
	pages   uint32 // pages of the class
}

// Alloc takes a slot of class c. REQUIRES: Short(d) is 0 or less for a demand d that includes it.
func (m *Memory) Alloc(c uint8) uint32 {
	m.MustChange()
	cs := &m.classes[c]
	if cs.roomy == 0 {
		m.openPage(c)
	}
	p := cs.roomy
	pg := &m.pages[p]
	off := pg.free
	if off != 0 {
		pg.free = m.freeAt(off).next
	} else {
		off = p<<m.pageShift + uint32(pg.bump)*(cs.size/unit)
		pg.bump++
		if pg.lacking > 0 {
			m.populateUpTo(p, off+cs.size/unit)
		}
	}
	pg.live++
	if cs.room--; cs.room < cs.perPage {
		m.sparse &^= 1 << c
	}
	if uint32(pg.live) == cs.perPage {
		m.unlinkPage(&cs.roomy, p)
	}
	return off
}

// Free gives the slot at off back to its class. If it was the last one in use in its page, that becomes a free page.
func (m *Memory) Free(off uint32) {
	m.MustChange()
	p := off >> m.pageShift
	pg := &m.pages[p]
	cs := &m.classes[pg.class]
	m.poison(off, off+cs.size/unit)
	*m.freeAt(off) = freeSlot{mark: freeMark, next: pg.free}
	pg.free = off
	if uint32(pg.live) == cs.perPage {
		m.linkPage(&cs.roomy, p)
	}
	pg.live--
	if cs.room++; cs.room >= cs.perPage {
		m.sparse |= 1 << pg.class
	}
	if pg.live == 0 {
		m.unlinkPage(&cs.roomy, p)
		m.closePage(p)
	}
}

// openPage gives a free page to class c. REQUIRES: the shard has a free page.
func (m *Memory) openPage(c uint8) {
	p := m.freePages
	m.unlinkPage(&m.freePages, p)
	m.freeCount--
	cs := &m.classes[c]
	m.setPage(p, c)
	m.poison(p<<m.pageShift, (p+1)<<m.pageShift)
	m.linkPage(&cs.roomy, p)
	cs.pages++
	if cs.room += cs.perPage; cs.room >= cs.perPage {
		m.sparse |= 1 << c
	}
}

// closePage takes the empty, unlinked page p from its class.
func (m *Memory) closePage(p uint32) {
	pg := &m.pages[p]
	cs := &m.classes[pg.class]
	cs.pages--
	if cs.room -= cs.perPage; cs.room < cs.perPage {
		m.sparse &^= 1 << pg.class
	}
	m.setPage(p, NoClass)
	m.linkPage(&m.freePages, p)
	m.freeCount++
}

// setPage makes p an empty page of class c, in no list.
func (m *Memory) setPage(p uint32, c uint8) {
	m.pages[p] = page{class: c, lacking: m.pages[p].lacking, minExpiry: noExpiry}
	if m.kept {
		m.shown[p] = c + 1 // 0 for NoClass
	}
}

func (m *Memory) linkPage(head *uint32, p uint32) {
	m.pages[p].next, m.pages[p].prev = *head, 0
	if *head != 0 {
		m.pages[*head].prev = p
	}
	*head = p
}

func (m *Memory) unlinkPage(head *uint32, p uint32) {
	pg := &m.pages[p]
	if pg.prev != 0 {
		m.pages[pg.prev].next = pg.next
	} else {
		*head = pg.next
	}
	if pg.next != 0 {
		m.pages[pg.next].prev = pg.prev
	}
	pg.next, pg.prev = 0, 0
}

// slots calls fn for every live slot of page p, in the order of addresses. fn may free the slot. If that closes the page,
// even if the page is opened again for another class, the walk ends.
func (m *Memory) slots(p uint32, fn func(off uint32)) {
	class := m.pages[p].class
	size := m.classes[class].size / unit
	off := p << m.pageShift
	for n := m.pages[p].bump; n > 0 && m.pages[p].class == class; n-- {
		if *m.word(off) != freeMark {
			fn(off)
		}
		off += size
	}
}

// PageOf is the number of the page that off is in.
func (m *Memory) PageOf(off uint32) uint32 { return off >> m.pageShift }

// EachEntry calls fn for every entry in the page of this number, below Pages. fn must not change the memory.
func (m *Memory) EachEntry(page uint32, fn func(off uint32)) {
	if int(m.pages[page].class) < len(m.table.sizes) {
		m.slots(page, fn)
	}
}
