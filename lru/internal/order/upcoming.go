package order

import (
	"github.com/cachegopher/cachegopher/lru/internal/memory"
	"github.com/cachegopher/cachegopher/lru/policy"
)

// Under S3-FIFO and LFU an eviction may pass over several used entries of the main segment, and would wait for each of them in
// turn: where the next one lies is known only when the one before has come from memory. So Prepare looks at them ahead of the
// evictions, an entry a call, and asks for the one that the next call needs. What was used it passes over, a few evictions early.

const (
	mostReady = 8   // how many entries that were not used Prepare leaves behind it
	readyPart = 256 // divisor of the entries, of which these are a small part: a smaller shard needs no preparation
)

// upcoming is how far evictions are prepared.
type upcoming struct {
	at    uint32 // the newest entry that Prepare has asked for: it looks at the one behind; 0: it begins at the oldest
	small uint32 // what Upcoming returned last of the small segment

	hashes [2]keyHash // of an entry of the main segment and of one of the small one, for HashOf
}

// keyHash is the hash of the key of the entry at off; off is 0 for none.
type keyHash struct {
	hash uint64
	off  uint32
}

// HashOf returns the hash of the key of the entry at off, which may leave soon. The preparation, Victim and whoever removes the
// entry all need it; hashOf, which computes it, is not called again for the last entry of each segment that was asked for.
func (o *Order) HashOf(m *memory.Memory, off uint32, hashOf func(off uint32) uint64) uint64 {
	known := &o.upcoming.hashes[m.Entry(off).Stamp()&inSmall/inSmall]
	if known.off != off {
		*known = keyHash{hashOf(off), off}
	}
	return known.hash
}

// forgetHash forgets the hash of the key of the entry at off, where another entry may be next.
func (u *upcoming) forgetHash(off uint32) {
	for i := range u.hashes {
		if u.hashes[i].off == off {
			u.hashes[i].off = 0
		}
	}
}

// Upcoming returns the entry at which Victim will look first, as far as Prepare does not look at it: where there are two segments
// that is the oldest of the small one. 0: there is none, or it is the same as the last time.
func (o *Order) Upcoming(m *memory.Memory) (off uint32) {
	switch {
	case o.policy == policy.SIEVE && o.hand != 0:
		return o.hand
	case o.segmented() && o.mark != 0:
		off = o.lastSmall(m)
		if o.policy == policy.LFU && off != 0 && used(m, off) { // Victim would, and then wait for the one before
			o.pass(m, off, o.head)
			off = o.lastSmall(m)
		}
		if off == o.upcoming.small {
			return 0
		}
		o.upcoming.small = off
		return off
	}
	return o.tail
}

// wantReady notes that the oldest entry of the main segment is evicted, or was used after all.
func (o *Order) wantReady() {
	most := uint8(min(o.entries/readyPart, mostReady))
	if o.lack++; o.upcoming.at == 0 || o.lack > most {
		o.lack = most
	}
}

// Unprepared reports whether Prepare has something to do.
func (o *Order) Unprepared() bool { return o.lack > 0 }

// Prepare looks at the next entry of the main segment ahead of the evictions. It returns the entry if that is likely to leave
// before long; else 0. REQUIRES: Unprepared.
func (o *Order) Prepare(m *memory.Memory) (off uint32) {
	at := o.upcoming.at
	if at == 0 {
		at = o.tail
	}
	if at == 0 || m.Entry(at).Stamp()&inSmall != 0 { // all entries of the main segment were looked at
		o.upcoming.at, o.lack = 0, 0
		return 0
	}
	// Only the entry behind is changed: its neighbours are there, too, while a store to one that is still on its way
	// would keep the shard's lock from being released.
	h := m.Entry(at)
	if o.upcoming.at = h.Prev; h.Prev != 0 {
		m.Expect(h.Prev)
	}
	switch off = h.Next; {
	case off == 0:
		return 0
	case used(m, off):
		o.pass(m, off, o.mark)
		o.mark = off
		return 0
	}
	o.lack--
	return off
}

// leaves makes the preparation go on before the entry at off with the header h, which leaves its place.
func (u *upcoming) leaves(off uint32, h *memory.Header) {
	if u.at == off {
		u.at = h.Prev
	}
}

// ExpectLeaving asks the processor for what Victim and Evicted will read and change for an entry whose key has the hash h, beside the
// entries.
func (o *Order) ExpectLeaving(h uint64) {
	switch o.policy {
	case policy.LFU:
		o.sketch.expect(h)
		o.ghosts.expect(h)
	case policy.S3FIFO:
		o.ghosts.expect(h)
	}
}
