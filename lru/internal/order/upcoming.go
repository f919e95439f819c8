package order

import (
	"github.com/cachegopher/cachegopher/lru/internal/memory"
	"github.com/cachegopher/cachegopher/lru/policy"
)

// Upcoming returns the entries at which Victim will look first: the one whose turn to leave it is and, where there are two segments,
// the oldest of the small one; 0 for each that there is not.
func (o *Order) Upcoming(m *memory.Memory) (oldest, oldestNew uint32) {
	switch {
	case o.policy == policy.SIEVE && o.hand != 0:
		return o.hand, 0
	case o.segmented() && o.mark != 0:
		return o.tail, o.lastSmall(m)
	}
	return o.tail, 0
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
