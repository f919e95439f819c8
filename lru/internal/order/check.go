package order

import "github.com/cachegopher/cachegopher/lru/internal/memory"

// Check walks the list and calls entry for each one's offset.
func (o *Order) Check(m *memory.Memory, a *memory.Audit, entry func(off uint32)) {
	seen := map[uint32]bool{}
	prev, small := uint32(0), uint32(0)
	for off := o.head; off != 0; off = m.Entry(off).Next {
		if seen[off] {
			a.Fail("the list has a loop at %d", off)
			break
		}
		seen[off] = true
		h := m.Entry(off)
		if h.Prev != prev {
			a.Fail("entry %d: prev is %d, want %d", off, h.Prev, prev)
		}
		if h.Stamp()&inSmall != 0 {
			if small++; len(seen) > int(small) {
				a.Fail("entry %d is in the small segment, behind entries of the main one", off)
			}
		} else if o.segmented() && len(seen) == int(small)+1 && off != o.mark {
			a.Fail("the main segment begins with %d, the mark is at %d", off, o.mark)
		}
		entry(off)
		prev = off
	}
	if o.tail != prev {
		a.Fail("tail is %d, the list ends with %d", o.tail, prev)
	}
	if len(seen) != int(o.entries) {
		a.Fail("the list has %d entries, counted %d", len(seen), o.entries)
	}
	o.checkMarks(a, seen, small)
}

// checkMarks checks what the order knows of the segments of a list with the entries seen, of which small are in the small
// segment.
func (o *Order) checkMarks(a *memory.Audit, seen map[uint32]bool, small uint32) {
	if small != o.small || small != 0 && !o.segmented() {
		a.Fail("the small segment has %d entries, counted %d", small, o.small)
	}
	if want := o.segmented() && small < o.entries; want != (o.mark != 0) {
		a.Fail("the mark is at %d, %d of %d entries are in the small segment", o.mark, small, o.entries)
	}
	for i := 0; o.hands != nil && i < len(o.hands.at); i++ {
		if at := o.hands.at[i]; at != 0 && !seen[at] {
			a.Fail("the hand of search %d is at %d, which is no entry", i, at)
		}
	}
	if at := o.upcoming.at; at != 0 && !seen[at] {
		a.Fail("evictions are prepared up to %d, which is no entry", at)
	}
	if o.hand != 0 && !seen[o.hand] {
		a.Fail("the hand is at %d, which is no entry", o.hand)
	}
}
