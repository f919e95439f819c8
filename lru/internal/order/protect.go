package order

import "github.com/cachegopher/cachegopher/lru/internal/memory"

// Some entries are protected while others can leave, and sometimes one of certain entries has to leave whatever the policy
// would choose. For both the list is searched from its oldest entry on. Each search has a hand that stands where it has come
// to, so that it does not pass the same entries again and again: what it has passed stays where it is, and hits move it to the
// front, or count, as ever. Entries that were used lose a use, as under SIEVE, and stay for a round more.

// mostHands is how many searches have a hand of their own. Number 0 is that for an entry that is not protected.
const mostHands = 9

// hands are where the searches go on; 0: at the oldest entry.
type hands struct {
	at           [mostHands]uint32
	failed, skip uint32 // how many evictions the last failures make do without a search, and how many of these are left
}

// mostSkipped is after how many evictions at most a search that found nothing is tried again.
const mostSkipped = 255

// mostSought is how many entries are looked at for one that may leave.
const mostSought = 1024

// Protect makes Victim pass over entries for which keep returns true as long as it finds another one. nil: there are none.
func (o *Order) Protect(keep func(off uint32) bool) { o.keep = keep }

// Seek returns an entry for which fits returns true, the next of the search of this number from 1 on: from the oldest entry to
// the newest and again. It returns 0 if there is none among the next ones; the following call goes on behind them.
func (o *Order) Seek(m *memory.Memory, number int, fits func(off uint32) bool) uint32 {
	if o.hands == nil {
		o.hands = &hands{}
	}
	hand := &o.hands.at[number]
	if *hand == 0 {
		*hand = o.tail
	}
	for n := 0; n < mostSought && *hand != 0; n++ {
		h := m.Entry(*hand)
		if fits(*hand) {
			stamp := h.Stamp()
			if o.most == 0 || stamp&usedMask == 0 {
				return *hand
			}
			h.SetStamp(stamp - 1)
		}
		if *hand = h.Prev; *hand == 0 {
			break // the next search begins anew
		}
	}
	return 0
}

// SeekAnew makes the search for an entry that is not protected begin at the oldest entry again.
func (o *Order) SeekAnew() {
	if o.hands != nil {
		o.hands.at[0], o.hands.failed, o.hands.skip = 0, 0, 0
	}
}

// protected reports whether another entry than the one at off should leave.
func (o *Order) protected(off uint32) bool { return o.keep != nil && off != 0 && o.keep(off) }

// unprotected is an entry that may leave, 0 if none is found. Where searches find nothing, nearly all entries are protected, and
// most evictions do without one: else each would cost as much as a thousand.
func (o *Order) unprotected(m *memory.Memory) uint32 {
	if o.hands != nil && o.hands.skip > 0 {
		o.hands.skip--
		return 0
	}
	off := o.findUnprotected(m)
	if off == 0 {
		o.hands.failed = min(2*o.hands.failed+1, mostSkipped)
	} else {
		o.hands.failed = 0
	}
	o.hands.skip = o.hands.failed
	return off
}

// findUnprotected searches for an entry that may leave.
func (o *Order) findUnprotected(m *memory.Memory) uint32 {
	free := func(off uint32) bool { return !o.keep(off) }
	if off := o.Seek(m, 0, free); off != 0 {
		return off
	}
	// The hand has many protected entries to pass. Meanwhile new entries leave.
	off := o.head
	for n := 0; n < mostPassed && off != 0; n++ {
		if free(off) {
			return off
		}
		off = m.Entry(off).Next
	}
	return 0
}

// leave makes the hands that stand at off, which leaves its place, go on.
func (s *hands) leave(off, prev uint32) {
	for i := range s.at {
		if s.at[i] == off {
			s.at[i] = prev
		}
	}
}

// offsetOf is the offset of the entry with the header h, which is in the list.
func (o *Order) offsetOf(m *memory.Memory, h *memory.Header) uint32 {
	if h.Prev == 0 {
		return o.head
	}
	return m.Entry(h.Prev).Next
}
