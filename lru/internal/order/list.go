package order

import "github.com/cachegopher/cachegopher/lru/internal/memory"

// insert puts the entry at off, which is not in the list, before the one at next, as the oldest if that is 0.
func (o *Order) insert(m *memory.Memory, off, next uint32) {
	m.MustRelink()
	h := m.Entry(off)
	h.Next = next
	if next != 0 {
		n := m.Entry(next)
		h.Prev, n.Prev = n.Prev, off
	} else {
		h.Prev, o.tail = o.tail, off
	}
	if h.Prev != 0 {
		m.Entry(h.Prev).Next = off
	} else {
		o.head = off
	}
}

// unlink takes the entry out of the list.
func (o *Order) unlink(m *memory.Memory, h *memory.Header) {
	m.MustRelink()
	if o.hands != nil {
		o.hands.leave(o.offsetOf(m, h), h.Prev)
	}
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
