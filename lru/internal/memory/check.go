package memory

import (
	"bytes"
	"fmt"
)

// Audit collects faults inside a shard. First, everything that refers to slots declares them with Own; Memory.Check then
// compares that with the pages.
type Audit struct {
	Errs  []error
	owned map[uint32]bool // slots that something refers to
}

// mostErrors is how many errors an Audit keeps.
const mostErrors = 20

// Fail notes an error.
func (a *Audit) Fail(format string, args ...any) {
	if len(a.Errs) < mostErrors {
		a.Errs = append(a.Errs, fmt.Errorf(format, args...))
	}
}

// Own notes that something refers to the slot at off.
func (a *Audit) Own(off uint32, what string) {
	if a.owned == nil {
		a.owned = map[uint32]bool{}
	}
	if a.owned[off] {
		a.Fail("%s at %d is referred to twice", what, off)
	}
	a.owned[off] = true
}

// CheckEntry checks the slots of the entry at off.
func (m *Memory) CheckEntry(a *Audit, off uint32) {
	e := m.Entry(off)
	sh := m.Shape(e.KeyLen(), e.ValueLen(), e.expires())
	if got := m.pages[off>>m.pageShift].class; got != sh.class() {
		a.Fail("entry %d of %d bytes is in class %d, want %d", off, e.Size(), got, sh.class())
	}
	a.Own(off, "entry")
	if m.Chained(e) {
		m.checkChain(a, off, sh.chunks())
	}
	if at := m.Expiry(off); at != 0 && m.pages[off>>m.pageShift].minExpiry > at {
		a.Fail("entry %d expires before its page's minExpiry", off)
	}
}

func (m *Memory) checkChain(a *Audit, off uint32, n int) {
	owner, c := off, *m.linkOf(off, m.Entry(off))
	for ; c != 0; owner, c = c, m.chunkAt(c).next {
		a.Own(c, "chunk")
		if m.chunkAt(c).owner != owner {
			a.Fail("chunk %d has owner %d, want %d", c, m.chunkAt(c).owner, owner)
		}
		if n--; n < 0 {
			break
		}
	}
	if n != 0 {
		a.Fail("entry %d: %d chunks are missing", off, n)
	}
}

// Check checks the pages against everything that a knows to be owned.
func (m *Memory) Check(a *Audit) {
	m.checkSlots(a)
	m.checkPoison(a)
	m.checkLists(a)
}

// checkSlots checks slots against the references to them and against the classes.
func (m *Memory) checkSlots(a *Audit) {
	room, pages := make([]uint32, len(m.classes)), make([]uint32, len(m.classes))
	live := 0
	for p := 1; p < len(m.pages); p++ {
		pg := &m.pages[p]
		if pg.class == NoClass {
			continue
		}
		n := 0
		m.slots(uint32(p), func(off uint32) {
			n++
			if !a.owned[off] {
				a.Fail("slot %d of class %d is live, but nothing refers to it", off, pg.class)
			}
		})
		if n != int(pg.live) || n == 0 {
			a.Fail("page %d has %d live slots, counted %d", p, n, pg.live)
		}
		if end := uint32(p)<<m.pageShift + uint32(pg.bump)*(m.classes[pg.class].size/unit); end > m.populated(uint32(p)) {
			a.Fail("page %d: slots were handed out up to %d before that was made resident", p, end)
		}
		live += n
		pages[pg.class]++
		room[pg.class] += m.classes[pg.class].perPage - uint32(pg.live)
	}
	if live != len(a.owned) {
		a.Fail("%d slots are live, %d referred to", live, len(a.owned))
	}
	for c := range m.classes {
		cs := &m.classes[c]
		if cs.room != room[c] || cs.pages != pages[c] {
			a.Fail("class %d counts %d free slots in %d pages, has %d in %d", c, cs.room, cs.pages, room[c], pages[c])
		}
		if sparse := m.sparse>>c&1 != 0; sparse != (cs.room >= cs.perPage) {
			a.Fail("class %d: the sparse mark is %v", c, sparse)
		}
	}
}

// checkPoison checks that nobody wrote to a slot after it was freed, nor behind those handed out, where memory that
// holds nothing is overwritten.
func (m *Memory) checkPoison(a *Audit) {
	for p := 1; Poisoned && p < len(m.pages); p++ {
		pg := &m.pages[p]
		for off := pg.free; off != 0; off = m.freeAt(off).next {
			size := int(m.classes[pg.class].size)
			if !poisoned(m.bytesAt(off, unit, size-unit)) {
				a.Fail("free slot %d of class %d was written to", off, pg.class)
			}
		}
		if pg.class == NoClass {
			continue
		}
		used, all := uint32(pg.bump)*m.classes[pg.class].size, uint32(unit)<<m.pageShift
		if used == all { // no slot beyond those handed out
			continue
		}
		if !poisoned(m.bytesAt(uint32(p)<<m.pageShift, int(used), int(all-used))) {
			a.Fail("page %d of class %d was written to behind its %d slots", p, pg.class, pg.bump)
		}
	}
}

func poisoned(b []byte) bool { return bytes.Count(b, []byte{PoisonByte}) == len(b) }

// checkLists checks the lists of pages and the number of pages held.
func (m *Memory) checkLists(a *Audit) {
	count := func(head uint32, ok func(*page) bool, what string) (n uint32) {
		for p, prev := head, uint32(0); p != 0; prev, p = p, m.pages[p].next {
			if n++; !ok(&m.pages[p]) || m.pages[p].prev != prev || int(n) > len(m.pages) {
				a.Fail("page %d does not belong in the list of %s pages", p, what)
				return n
			}
		}
		return n
	}
	empty := func(pg *page) bool { return pg.class == NoClass }
	free, cold := count(m.freePages, empty, "free"), count(m.coldPages, empty, "cold")
	used := uint32(0)
	for c := range m.classes {
		cs := &m.classes[c]
		used += cs.pages
		count(cs.roomy, func(pg *page) bool {
			return int(pg.class) == c && uint32(pg.live) < cs.perPage
		}, "roomy")
	}
	if free != m.freeCount || int64(free+used) != m.held || int(free+used+cold) != len(m.pages)-1 {
		a.Fail("%d pages in classes, %d free, %d cold of %d; counted %d free, %d held",
			used, free, cold, len(m.pages)-1, m.freeCount, m.held)
	}
}

// Slot is all bytes of the slot at off, for tests.
func (m *Memory) Slot(off uint32) []byte {
	return m.bytesAt(off, 0, int(m.classes[m.pages[off>>m.pageShift].class].size))
}

// Rest is all bytes from off to the end of its page, for tests.
func (m *Memory) Rest(off uint32) []byte {
	end := (off>>m.pageShift + 1) << m.pageShift
	return m.bytesAt(off, 0, int(end-off)*unit)
}

// Links are where the links of the entry at off lie, in bytes from the start of the arena, the last chunk's last, for tests.
// The chunks may be damaged.
func (m *Memory) Links(off uint32) []int {
	at := int(off) * unit
	links := []int{at, at + 4}
	h := m.Entry(off)
	if !m.Chained(h) {
		return links
	}
	links = append(links, at+h.fixed())
	for c := *m.linkOf(off, h); c != 0 && c>>m.pageShift < uint32(len(m.pages)) && len(links) < 600; c = m.chunkAt(c).next {
		links = append(links, int(c)*unit, int(c)*unit+4)
	}
	return links
}
