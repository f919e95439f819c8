package order

import "github.com/cachegopher/cachegopher/lru/internal/memory"

// CLOCK (Corbató 1968) keeps entries in the order in which they came. A hit sets a bit of the entry and moves nothing.
// An entry that has the bit when its turn comes to leave loses it and goes to the front instead.

const (
	referenced = 1 // flag of a stamp: used since it came or was passed over
	clockStep  = 2

	// mostPassed bounds how many entries are passed over for one victim, so that no request waits long if all of
	// them were used: then the oldest leaves all the same.
	mostPassed = 64
)

// reference notes that the entry with the header h is used now.
func (o *Order) reference(h *memory.Header) {
	if h.Stamp()&referenced == 0 {
		o.stampNow(h)
		h.SetStamp(h.Stamp() | referenced)
	}
}

// passReferenced moves used entries from the back to the front until one is at the back that was not used.
func (o *Order) passReferenced(m *memory.Memory) {
	for range mostPassed {
		off := o.tail
		if off == 0 {
			return
		}
		h := m.Entry(off)
		stamp := h.Stamp()
		if stamp&referenced == 0 {
			return
		}
		h.SetStamp(stamp &^ referenced)
		o.unlink(m, h)
		o.pushFront(m, off)
	}
}
