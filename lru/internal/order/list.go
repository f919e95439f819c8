package order

import "github.com/cachegopher/cachegopher/lru/internal/memory"

// pushFront makes the entry at off, which is not in the list, the newest.
func (o *Order) pushFront(m *memory.Memory, off uint32) {
	m.MustRelink()
	h := m.Entry(off)
	h.Prev, h.Next = 0, o.head
	if o.head != 0 {
		m.Entry(o.head).Prev = off
	} else {
		o.tail = off
	}
	o.head = off
}

// unlink takes the entry out of the list.
func (o *Order) unlink(m *memory.Memory, h *memory.Header) {
	m.MustRelink()
	if h.Prev != 0 {
		m.Entry(h.Prev).Next = h.Next
	} else {
		o.head = h.Next
	}
	if h.Next != 0 {
		m.Entry(h.Next).Prev = h.Prev
	} else {
		o.tail = h.Prev
	}
}

// Check walks the list and calls entry for each one's offset.
func (o *Order) Check(m *memory.Memory, a *memory.Audit, entry func(off uint32)) {
	seen := map[uint32]bool{}
	prev := uint32(0)
	for off := o.head; off != 0; off = m.Entry(off).Next {
		if seen[off] {
			a.Fail("the list has a loop at %d", off)
			break
		}
		seen[off] = true
		if h := m.Entry(off); h.Prev != prev {
			a.Fail("entry %d: prev is %d, want %d", off, h.Prev, prev)
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
}
