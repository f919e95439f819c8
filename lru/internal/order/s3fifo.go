package order

import (
	"github.com/cachegopher/cachegopher/lru/internal/memory"
	"github.com/cachegopher/cachegopher/lru/policy"
)

// S3-FIFO (Yang, Zhang, Qiu, Yue, Rashmi 2023) has two queues, which are segments of the one list: the small one, of new
// entries, in front, and the main one behind. An entry goes from the end of the small one to the front of the main one,
// which is next to it, so that only the mark moves.

const (
	smallPart = 10 // divisor of the part of all entries that the small queue has while it evicts
	enough    = 2  // uses of an entry in the small queue that let it go on to the main one
)

// segmented reports whether the policy divides the list.
func (o *Order) segmented() bool { return o.policy == policy.S3FIFO || o.policy == policy.LFU }

// twoQueues is the entry that leaves next under S3-FIFO.
func (o *Order) twoQueues(m *memory.Memory) uint32 {
	for range mostPassed {
		if o.mark == 0 || o.small > 0 && o.small >= o.entries/smallPart {
			off := o.lastSmall(m)
			if off == 0 || m.Entry(off).Stamp()&usedMask < enough && !o.protected(off) {
				return off
			}
			o.promote(m, off, 0)
			continue
		}
		if !used(m, o.tail) {
			return o.tail
		}
		o.passMain(m)
	}
	return o.tail
}

// passMain is pass of main's oldest entry.
func (o *Order) passMain(m *memory.Memory) {
	off := o.tail
	o.pass(m, off, o.mark)
	o.mark = off
	o.wantReady()
}

// used reports whether the entry at off was used since it came or was last passed over, so that pass has to pass over it.
func used(m *memory.Memory, off uint32) bool { return m.Entry(off).Stamp()&usedMask != 0 }

// pass moves the entry at off before newest, the newest of its segment; one of its uses is forgotten. REQUIRES: it was used.
func (o *Order) pass(m *memory.Memory, off, newest uint32) {
	h := m.Entry(off)
	h.SetStamp(h.Stamp() - 1)
	if off != newest {
		o.upcoming.leaves(off, h)
		o.unlink(m, h)
		o.insert(m, off, newest)
	}
}

// lastSmall is the oldest entry of the small segment, 0 if it is empty.
func (o *Order) lastSmall(m *memory.Memory) uint32 {
	if o.mark == 0 {
		return o.tail
	}
	return m.Entry(o.mark).Prev
}

// promote makes the oldest entry of the small segment, which is at off, the newest of the main one. Of its uses it keeps the
// bits in keep.
func (o *Order) promote(m *memory.Memory, off, keep uint32) {
	h := m.Entry(off)
	h.SetStamp(h.Stamp() &^ (flags &^ keep))
	o.small--
	o.mark = off
}
