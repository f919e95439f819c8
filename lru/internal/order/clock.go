package order

import "github.com/cachegopher/cachegopher/lru/internal/memory"

// CLOCK (Corbató 1968) keeps entries in the order in which they came. A hit counts in the entry's stamp and moves nothing.
// An entry that was used when its turn comes to leave goes to the front instead, as if it had not been used.

// count notes that the entry with the header h is used now. It writes nothing if as many uses as count are known, the
// last of them recent. It reports whether the number of uses has changed.
func (o *Order) count(h *memory.Header) bool {
	stamp := h.Stamp()
	switch {
	case uint8(stamp&usedMask) < o.most:
		o.stampNow(h, stamp&flags+1)
		return true
	case !o.recent(h):
		o.stampNow(h, stamp&flags)
	}
	return false
}

// passUsed moves used entries from the back to the front until one is at the back that was not used.
func (o *Order) passUsed(m *memory.Memory) {
	for range mostPassed {
		off := o.tail
		if off == 0 {
			return
		}
		h := m.Entry(off)
		stamp := h.Stamp()
		if stamp&usedMask == 0 {
			return
		}
		h.SetStamp(stamp &^ usedMask)
		o.unlink(m, h)
		o.insert(m, off, o.head)
	}
}
