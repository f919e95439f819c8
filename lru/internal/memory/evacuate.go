package memory

import "math/bits"

// Emptying sparse pages keeps memory from staying with sizes that are no longer stored: once a class has a page's worth
// of free slots, one of its pages can be emptied into the others and serve any class.

// victimLook is how many pages are looked at to find a sparse one.
const victimLook = 32

// A Moved function is called after a slot was copied. It makes the index and the order of use refer to the copy at to,
// which is a segment of the index or else an entry, in place of the slot at from.
type Moved func(from, to uint32, segment bool)

// Evacuate empties one page of a class that has a page's worth of free slots beyond the needs of d, and reports
// whether there was one. The zero value of Demand asks for nothing only if its class is NoClass.
func (m *Memory) Evacuate(d Demand, moved Moved) bool {
	best, most := uint8(NoClass), uint32(0)
	for left := m.sparse; left != 0; left &= left - 1 {
		c := uint8(bits.TrailingZeros64(left))
		cs := &m.classes[c]
		if need := d.of(c, m.table); cs.room >= cs.perPage+need {
			if spare := (cs.room - need) * cs.size; spare > most {
				best, most = c, spare
			}
		}
	}
	if best == NoClass {
		return false
	}
	m.evacuate(best, moved)
	return true
}

// evacuate moves the slots of one page of class c to other pages of the class.
// REQUIRES: the class has a page's worth of free slots.
func (m *Memory) evacuate(c uint8, moved Moved) {
	m.MustChange()
	cs := &m.classes[c]
	victim := cs.roomy
	for p, n := victim, victimLook; p != 0 && n > 0; p, n = m.pages[p].next, n-1 {
		if m.pages[p].live < m.pages[victim].live {
			victim = p
		}
	}
	m.unlinkPage(&cs.roomy, victim)
	// The victim's free slots are out of reach from here on.
	cs.room -= cs.perPage - uint32(m.pages[victim].live)
	m.slots(victim, func(off uint32) {
		to := m.Alloc(c)
		m.copySlot(to, off, cs.size)
		switch c {
		case m.table.Chunk:
			m.movedChunk(to)
		case m.table.Segment:
			moved(off, to, true)
		default:
			m.movedEntry(to)
			moved(off, to, false)
		}
		m.poison(off, off+cs.size/unit)
	})
	if cs.room < cs.perPage {
		m.sparse &^= 1 << c
	}
	cs.pages--
	m.setPage(victim, NoClass)
	m.linkPage(&m.freePages, victim)
	m.freeCount++
}

func (m *Memory) movedEntry(to uint32) {
	e := m.Entry(to)
	if m.Chained(e) {
		if first := *m.linkOf(to, e); first != 0 {
			m.chunkAt(first).owner = to
		}
	}
	m.noteExpiry(to, m.Expiry(to))
}

func (m *Memory) movedChunk(to uint32) {
	c := m.chunkAt(to)
	if m.pages[c.owner>>m.pageShift].class == m.table.Chunk {
		m.chunkAt(c.owner).next = to
	} else {
		*m.linkOf(c.owner, m.Entry(c.owner)) = to
	}
	if c.next != 0 {
		m.chunkAt(c.next).owner = to
	}
}
