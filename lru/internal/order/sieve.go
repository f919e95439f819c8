package order

import "github.com/cachegopher/cachegopher/lru/internal/memory"

// SIEVE (Zhang, Yang, Yue, Vigfusson, Rashmi 2024) is like CLOCK, but an entry that the hand passes over stays where it is.
// New entries are behind the hand for a whole round, while the hand passes over those that have proved useful.

// sieve moves the hand to the entry to evict.
func (o *Order) sieve(m *memory.Memory) uint32 {
	if o.hand == 0 {
		o.hand = o.tail
	}
	for n := 0; n < mostPassed && o.hand != 0; n++ {
		h := m.Entry(o.hand)
		stamp := h.Stamp()
		if stamp&usedMask == 0 {
			break
		}
		h.SetStamp(stamp &^ usedMask)
		if o.hand = h.Prev; o.hand == 0 {
			o.hand = o.tail
		}
	}
	return o.hand
}
