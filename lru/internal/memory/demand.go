package memory

import "os"

// Demand describes an allocation: one slot of an entry class, and numbers of chunks and segments.
type Demand struct {
	Shape
	Segments int
}

// Nothing is the demand of nothing.
var Nothing = Demand{Shape: newShape(NoClass, 0)}

// of is how many slots of class c the demand is for.
func (d Demand) of(c uint8, t *Classes) uint32 {
	switch c {
	case d.class():
		return 1
	case t.Chunk:
		return uint32(d.chunks())
	case t.Segment:
		return uint32(d.Segments)
	}
	return 0
}

// HasRoom reports whether the demand is met by slots that are free already, for an entry of one slot, the common case.
func (m *Memory) HasRoom(d Demand) bool {
	return d.chunks()|d.Segments == 0 && m.classes[d.class()].room > 0
}

// HasSegmentRoom reports whether a segment can be had without taking a page.
func (m *Memory) HasSegmentRoom() bool {
	return m.classes[m.table.Segment].room > 0 || m.freeCount > 0
}

// Short is how many free pages the demand lacks; 0 or less: none.
func (m *Memory) Short(d Demand) int {
	short := -int(m.freeCount)
	for _, c := range [...]uint8{d.class(), m.table.Chunk, m.table.Segment} {
		cs := &m.classes[c]
		if n := d.of(c, m.table); n > cs.room {
			short += int((n - cs.room + cs.perPage - 1) / cs.perPage)
		}
	}
	return short
}

// A shard of more than populateFrom pages has memory made resident populateStep bytes at a time, before the first slot that
// reaches into them is handed out. A fault for each of the system's pages takes several times as long. Whole pages would leave
// more resident that is not used yet: each shard has two that are being filled, one of entries and one of segments.
const (
	populateFrom = 16
	populateStep = 16 << 10
)

// Grow takes one more page. It reports whether the system granted it.
func (m *Memory) Grow() bool {
	p := m.coldPages
	if p != 0 {
		if m.kept && !m.secure(p) {
			return false
		}
		m.unlinkPage(&m.coldPages, p)
	} else {
		p = uint32(len(m.pages))
		end := (p + 1) << m.pageShift
		if m.kept && (end > m.reserved || !m.secure(p)) || !m.commit(end) { // so that Control.End is never behind
			return false
		}
		m.pages = append(m.pages, page{})
		m.setPage(p, NoClass)
	}
	if m.held++; m.held > populateFrom && !m.kept {
		m.pages[p].lacking = populateSteps(1 << m.pageShift)
	}
	m.linkPage(&m.freePages, p)
	m.freeCount++
	return true
}

// Shrink gives the memory of one free page back to the system. REQUIRES: FreePages() > 0.
func (m *Memory) Shrink() {
	p := m.freePages
	m.unlinkPage(&m.freePages, p)
	m.freeCount--
	m.giveBack(p<<m.pageShift, (p+1)<<m.pageShift)
	m.linkPage(&m.coldPages, p)
	m.held--
	m.pages[p].lacking = 0
}

// populateSteps is how many steps units of memory take, at most a page's.
func populateSteps(units uint32) uint8 {
	return uint8((units + populateStep/unit - 1) / (populateStep / unit))
}

// populated is where the part of page p begins that is not made resident yet.
func (m *Memory) populated(p uint32) uint32 {
	return (p+1)<<m.pageShift - min(uint32(m.pages[p].lacking)*(populateStep/unit), 1<<m.pageShift)
}

// populateUpTo makes the memory of page p before end resident, and the rest of the last step.
func (m *Memory) populateUpTo(p, end uint32) {
	from := m.populated(p)
	if end <= from {
		return
	}
	m.pages[p].lacking -= populateSteps(end - from)
	m.populate(from, m.populated(p))
}

// secure makes the memory of page p and of its class resident in the file. It reports whether there is room: without it,
// a store to the page would end the process.
func (m *Memory) secure(p uint32) bool {
	if system := uint32(os.Getpagesize()); p == 1 || p%system == 0 {
		from := p / system * system
		if !Secure(m.shown[from:min(int(from+system), len(m.shown))]) {
			return false
		}
	}
	if !m.populate(p<<m.pageShift, (p+1)<<m.pageShift) {
		return false
	}
	m.ctl.End = max(m.ctl.End, (p+1)<<m.pageShift)
	return true
}
