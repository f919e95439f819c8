package memory

import (
	"math/bits"
	"slices"
)

// Soon finds entries that expire soonest, nearly: of the pages that it looks at, it takes the one where the first entry
// expires, and of that page the first ones. The zero value is ready for use with one Memory.
type Soon struct {
	found []soonEntry // the soonest last
	page  uint32      // that was looked at last
}

// soonEntry is an entry as it was when it was found.
type soonEntry struct {
	off uint32
	at  int64
}

const (
	soonPages = 128 // descriptors of pages looked at
	soonPart  = 64  // divisor of the part of a page's entries taken at once
	soonTries = 16  // pages visited whose descriptors promise more than they have

	goldenSection = 2654435769 // of 1<<32
)

// Next is the offset of an entry that expires soonest, nearly; 0 if none is found, though there may be some.
func (s *Soon) Next(m *Memory) (off uint32) {
	for {
		for n := len(s.found); n > 0; n = len(s.found) {
			e := s.found[n-1]
			s.found = s.found[:n-1]
			if m.holds(e.off) && m.Expiry(e.off) == e.at { // else it is gone, or another one
				return e.off
			}
		}
		if !s.look(m) {
			return 0
		}
	}
}

// look fills found.
func (s *Soon) look(m *Memory) bool {
	for range soonTries {
		p, next := s.choose(m)
		if p == 0 {
			return false
		}
		s.found = s.found[:0]
		most := 1 + int(m.pages[p].live)/soonPart
		m.slots(p, func(off uint32) {
			if at := m.Expiry(off); at != 0 {
				s.keep(off, at, most)
			}
		})
		if len(s.found) == 0 {
			m.pages[p].minExpiry = noExpiry
			continue
		}
		least := s.found[len(s.found)-1].at
		m.pages[p].minExpiry = least
		if least <= next { // else what was there first is gone, and another page is better
			return true
		}
	}
	return len(s.found) > 0
}

// keep puts an entry in its place in found, if it is one of the soonest, as many as most.
func (s *Soon) keep(off uint32, at int64, most int) {
	if len(s.found) == most {
		if at >= s.found[0].at {
			return
		}
		s.found = slices.Delete(s.found, 0, 1)
	}
	i := len(s.found)
	for i > 0 && s.found[i-1].at < at {
		i--
	}
	s.found = slices.Insert(s.found, i, soonEntry{off, at})
}

// choose is the page whose descriptor has the least minExpiry, of those that it looks at, 0 if no entry expires, and the
// next one's minExpiry. Neighbours were often filled at the same time, and end at the same time: it looks at pages all over
// the memory, in steps of the golden section, which spread evenly however many there are.
func (s *Soon) choose(m *Memory) (page uint32, next int64) {
	least := int64(noExpiry)
	next = noExpiry
	size := uint32(1) << bits.Len(uint(len(m.pages)-1)) // a power of two, so that an odd step comes to every page
	step := uint32(uint64(size)*goldenSection>>32) | 1
	seen := 0 // pages with entries that expire
	for n := uint32(0); n < size && seen < soonPages; n++ {
		s.page = (s.page + step) & (size - 1)
		if s.page == 0 || int(s.page) >= len(m.pages) {
			continue
		}
		pg := &m.pages[s.page]
		if pg.minExpiry == noExpiry || int(pg.class) >= len(m.table.sizes) {
			continue
		}
		seen++
		switch at := pg.minExpiry; {
		case at < least:
			page, least, next = s.page, at, least
		case at < next:
			next = at
		}
	}
	return page, next
}

// holds reports whether an entry is at off, where one was.
func (m *Memory) holds(off uint32) bool {
	p := off >> m.pageShift
	if p >= uint32(len(m.pages)) || int(m.pages[p].class) >= len(m.table.sizes) {
		return false
	}
	n, size := off&(1<<m.pageShift-1), m.classes[m.pages[p].class].size/unit
	return n%size == 0 && n/size < uint32(m.pages[p].bump) && *m.word(off) != freeMark
}
