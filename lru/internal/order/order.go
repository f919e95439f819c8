// Package order decides which entry of a shard leaves next. A policy is chosen when a shard is made; the methods of
// Order that depend on it switch on it, which costs a predicted branch.
//
// Every policy keeps all entries in one list through their headers, from the newest to the oldest, and notes in each
// entry's stamp when it was last used, as a count of uses of the shard: Idle turns that into a time. It may keep flags
// in the lowest bits of the stamp. It knows nothing of keys, and of package memory only the headers.
//
// To add a policy, write its file beside lru.go and clock.go, and a case in each switch of this file.
package order

import (
	"fmt"

	"github.com/cachegopher/cachegopher/lru/internal/memory"
)

// Policy is a way of choosing the entry that leaves.
type Policy uint8

const (
	// LRU evicts the entry used least recently. In a shard of more than ExactEntries entries, an entry that moved to
	// the front within the last eighth of the shard's entries stays where it is on a hit: that saves the cache misses
	// of its two neighbours for the keys that are asked for all the time, and hit ratios stay those of ExactLRU.
	LRU Policy = iota
	// ExactLRU evicts the entry used least recently, in shards of any size.
	ExactLRU
	// CLOCK evicts the oldest entry that was not used since it came or was last passed over. A hit moves nothing.
	CLOCK

	policies // how many there are
)

// ExactEntries is up to how many entries a shard is exact under LRU.
const ExactEntries = 4096

// String is the policy's name.
func (p Policy) String() string {
	if p >= policies {
		return fmt.Sprintf("policy %d", uint8(p))
	}
	return [...]string{"lru", "exact-lru", "clock"}[p]
}

// Valid reports whether there is such a policy.
func (p Policy) Valid() bool { return p < policies }

// Order is the order of use of one shard's entries. Its methods require the shard's lock, except HitMoves, and the
// memory that the entries are in.
type Order struct {
	head, tail uint32 // newest and oldest entry
	uses       uint32 // uses noted so far, times step
	entries    uint32 // in the list
	exactUpTo  uint32 // entries up to which LRU is exact
	policy     Policy
	step       uint8 // of uses; the bits below it are the policy's flags in a stamp
}

// Init makes o the empty order of a policy.
func (o *Order) Init(p Policy) {
	*o = Order{policy: p, step: 1, exactUpTo: ExactEntries}
	switch p {
	case ExactLRU:
		o.exactUpTo = 1<<32 - 1
	case CLOCK:
		o.step = clockStep
	}
}

// Hit notes that the entry at off is used now.
func (o *Order) Hit(m *memory.Memory, off uint32) {
	h := m.Entry(off)
	switch o.policy {
	case LRU, ExactLRU:
		if o.recent(h) {
			return
		}
		if o.head != off {
			o.unlink(m, h)
			o.pushFront(m, off)
		}
		o.stampNow(h)
	case CLOCK:
		o.reference(h)
	}
}

// HitMoves reports whether Hit would change the entry's neighbours too. It requires no lock: h may be changing, and the
// answer wrong.
//
//go:norace
func (o *Order) HitMoves(h *memory.Header) bool {
	switch o.policy {
	case LRU, ExactLRU:
		return !o.recent(h)
	}
	return false
}

// Victim is the entry that is to leave next, 0 when there is none. It may reorder entries.
func (o *Order) Victim(m *memory.Memory) uint32 {
	switch o.policy {
	case CLOCK:
		o.passReferenced(m)
	}
	return o.tail
}

// Add puts the entry at off, which is new, into the order as used now.
func (o *Order) Add(m *memory.Memory, off uint32) {
	o.entries++
	o.pushFront(m, off)
	o.stampNow(m.Entry(off))
}

// AddOldest puts the entry at off into the order as the oldest, with a stamp that Adopt returned.
func (o *Order) AddOldest(m *memory.Memory, off, stamp uint32) {
	o.entries++
	h := m.Entry(off)
	h.SetStamp(stamp)
	h.Prev, h.Next = o.tail, 0
	if o.tail != 0 {
		m.Entry(o.tail).Next = off
	} else {
		o.head = off
	}
	o.tail = off
}

// Remove takes the entry with the header h out of the order.
func (o *Order) Remove(m *memory.Memory, h *memory.Header) {
	o.entries--
	o.unlink(m, h)
}

// Moved makes the order refer to the entry at to in place of its former offset.
func (o *Order) Moved(m *memory.Memory, to uint32) {
	e := m.Entry(to)
	if e.Prev != 0 {
		m.Entry(e.Prev).Next = to
	} else {
		o.head = to
	}
	if e.Next != 0 {
		m.Entry(e.Next).Prev = to
	} else {
		o.tail = to
	}
}

// Reset forgets all entries. The count of uses goes on.
func (o *Order) Reset() { o.head, o.tail, o.entries = 0, 0, 0 }

// Entries is how many entries there are.
func (o *Order) Entries() int64 { return int64(o.entries) }

// Newest is the entry that would leave last, 0 when there is none.
func (o *Order) Newest() uint32 { return o.head }
