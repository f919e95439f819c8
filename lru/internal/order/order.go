// Package order decides which entry of a shard leaves next. A policy is chosen when a shard is made; the methods of
// Order that depend on it switch on it, which costs a predicted branch.
//
// Every policy keeps all entries in one list through their headers, from the newest to the oldest, and notes in each
// entry's stamp when it was last used, as a count of uses of the shard: Idle turns that into a time. It may keep flags
// in the lowest bits of the stamp. It knows nothing of keys, and of package memory only the headers.
//
// To add a policy, give it a row in package policy, write its file beside lru.go and clock.go, and add its cases to the
// switches of this file.
package order

import (
	"github.com/cachegopher/cachegopher/lru/internal/memory"
	"github.com/cachegopher/cachegopher/lru/policy"
)

// Order is the order of use of one shard's entries. Its methods require the shard's lock, except HitMoves, and the
// memory that the entries are in.
type Order struct {
	head, tail uint32 // newest and oldest entry
	uses       uint32 // uses noted so far, times step
	entries    uint32 // in the list
	exactUpTo  uint32 // entries up to which LRU is exact
	policy     policy.Policy
	step       uint8 // of uses; the bits below it are the policy's flags in a stamp
}

// Init makes o the empty order of a policy.
func (o *Order) Init(p policy.Policy) {
	*o = Order{policy: p, step: 1, exactUpTo: policy.ExactEntries}
	switch p {
	case policy.ExactLRU:
		o.exactUpTo = 1<<32 - 1
	case policy.CLOCK:
		o.step = clockStep
	}
}

// Hit notes that the entry at off is used now.
func (o *Order) Hit(m *memory.Memory, off uint32) {
	h := m.Entry(off)
	switch o.policy {
	case policy.LRU, policy.ExactLRU:
		if o.recent(h) {
			return
		}
		if o.head != off {
			m.BeginRelinking()
			o.unlink(m, h)
			o.pushFront(m, off)
			m.EndRelinking()
		}
		o.stampNow(h)
	case policy.CLOCK:
		o.reference(h)
	}
}

// HitMoves reports whether Hit would change the entry's neighbours too. It requires no lock: h may be changing, and the
// answer wrong.
//
//go:norace
func (o *Order) HitMoves(h *memory.Header) bool {
	switch o.policy {
	case policy.LRU, policy.ExactLRU:
		return !o.recent(h)
	}
	return false
}

// Victim is the entry to evict next, 0 if there is none. It may reorder entries.
func (o *Order) Victim(m *memory.Memory) uint32 {
	switch o.policy {
	case policy.CLOCK:
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
	m.MustRelink()
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
	m.MustRelink()
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

// Entries is the number of entries.
func (o *Order) Entries() int64 { return int64(o.entries) }

// Newest is the entry that would leave last, 0 if there is none.
func (o *Order) Newest() uint32 { return o.head }
