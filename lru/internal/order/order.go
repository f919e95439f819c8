// Package order decides which entry of a shard leaves next. The methods of Order that depend on the policy switch on it,
// which costs a predicted branch.
//
// Every policy keeps all entries in one list through their headers, from the newest to the oldest; some divide it into
// segments, each of which is a queue. Each entry's stamp says when it was last used, as a count of uses of the shard, which
// Idle turns into a time, and in its lowest bits how often, and in which segment the entry is. All policies understand the
// stamps of all others, so that Switch can change the policy of a list that is in use. The package knows nothing of keys
// but their hashes, and of package memory only the headers.
//
// The policy is one of policy.Fixed: AUTO is a choice among these. To add one, give it a row in package policy before AUTO,
// write its file beside lru.go and clock.go, and add its cases to the switches of this file.
package order

import (
	"github.com/cachegopher/cachegopher/lru/internal/memory"
	"github.com/cachegopher/cachegopher/lru/policy"
)

// Order is the order of use of one shard's entries. Its methods require the shard's lock, except HitMoves, and the
// memory that the entries are in. What a hit needs is here, so that it lies in a cache line with the lock.
type Order struct {
	*list
	head   uint32 // newest entry
	uses   uint32 // uses noted so far
	window uint32 // an entry that was used within as many uses need not be noted again; 0: none
	policy policy.Policy
	most   uint8 // how many uses of an entry are counted; 0: the policy counts none
	lack   uint8 // how many entries that were not used Prepare should find
}

// list is the rest of an Order. An entry is named by its offset, 0 is none.
type list struct {
	tail     uint32 // oldest entry
	entries  uint32
	small    uint32 // how many of them are in the small segment, the newest ones; 0 under a policy without segments
	mark     uint32 // newest entry of the main segment, which is behind the small one; 0 under a policy without segments
	hand     uint32 // SIEVE's; 0: it stands at the oldest
	merging  bool   // the segments are becoming one, for another policy: nothing is added to the small one
	filling  bool   // LFU: main gets what the small segment has too much, until that has its share; true after a restart
	share    uint32 // LFU: percent of the entries that the small segment may have
	back     policy.Comeback
	ghosts   ghosts
	sketch   sketch
	upcoming upcoming
	keep     func(off uint32) bool // entries that it names are protected; nil: none
	hands    *hands                // of searches; nil: there was none
	_        [64]byte              // no other shard's list shares the cache lines
}

// The flags of a stamp: how often the entry was used since it came or was last passed over, and its segment.
const (
	usedMask = 3
	inSmall  = 4
	flags    = usedMask | inSmall
)

// Init makes o the empty order of a policy.
func (o *Order) Init(p policy.Policy) {
	*o = Order{list: &list{share: policy.FirstWindow, back: policy.FirstComeback}}
	o.setPolicy(p)
}

// setPolicy makes p the policy of a list without segments.
func (o *Order) setPolicy(p policy.Policy) {
	o.policy, o.most, o.hand, o.mark, o.lack, o.upcoming = p, 0, 0, 0, 0, upcoming{}
	switch p {
	case policy.CLOCK, policy.SIEVE:
		o.most = 1
	case policy.S3FIFO, policy.LFU:
		o.most, o.mark = usedMask, o.head
	}
	o.setEntries(o.entries)
}

// setEntries sets the number of entries, and what depends on it.
func (o *Order) setEntries(n uint32) {
	o.entries, o.window = n, n/8
	if o.policy == policy.ExactLRU || n <= policy.ExactEntries && (o.policy == policy.LRU || o.policy == policy.TTL) {
		o.window = 0
	}
}

// Hit notes that the entry at off, whose key has the hash h, is used now.
func (o *Order) Hit(m *memory.Memory, off uint32, hash uint64) {
	h := m.Entry(off)
	switch o.policy {
	case policy.LRU, policy.ExactLRU, policy.TTL:
		if o.recent(h) {
			return
		}
		if o.head != off {
			m.BeginRelinking()
			o.unlink(m, h)
			o.insert(m, off, o.head)
			m.EndRelinking()
		}
		o.stampNow(h, 0)
	default:
		if o.count(h) && o.policy == policy.LFU {
			o.sketch.add(hash, o.entries)
		}
	}
}

// HitMoves reports whether Hit would change the entry's neighbours too. It requires no lock: h may be changing, and the
// answer wrong.
//
//go:norace
func (o *Order) HitMoves(h *memory.Header) bool {
	switch o.policy {
	case policy.LRU, policy.ExactLRU, policy.TTL:
		return !o.recent(h)
	}
	return false
}

// Expect asks the processor for what Hit, or Add if added, will change for a key of the hash h beside the entries.
// It requires no lock.
//
//go:norace
func (o *Order) Expect(h uint64, added bool) {
	switch o.policy {
	case policy.LFU:
		o.sketch.expect(h)
		fallthrough
	case policy.S3FIFO:
		if added {
			o.ghosts.expect(h)
		}
	}
}

// mostPassed bounds how many entries are passed over for one victim, so that no request waits long if all of them were
// used: then the next one leaves all the same.
const mostPassed = 256

// Victim is the entry to evict next, 0 if there is none. It may reorder entries. hashOf returns the hash of an entry's key.
func (o *Order) Victim(m *memory.Memory, hashOf func(off uint32) uint64) uint32 {
	off := o.choose(m, hashOf)
	if o.protected(off) {
		if other := o.unprotected(m); other != 0 {
			return other
		}
	}
	return off
}

// choose is the entry that the policy would evict next.
func (o *Order) choose(m *memory.Memory, hashOf func(off uint32) uint64) uint32 {
	switch o.policy {
	case policy.CLOCK:
		o.passUsed(m)
	case policy.SIEVE:
		return o.sieve(m)
	case policy.S3FIFO:
		return o.twoQueues(m)
	case policy.LFU:
		return o.leastFrequent(m, hashOf)
	case policy.NONE:
		return 0
	}
	return o.tail
}

// Policy is the policy of the order.
func (o *Order) Policy() policy.Policy { return o.policy }

// ByExpiry reports whether entries that expire leave before the others, the soonest first. Victim is for the others then.
func (o *Order) ByExpiry() bool { return o.policy == policy.TTL }

// Refuses reports whether the policy evicts nothing.
func (o *Order) Refuses() bool { return o.policy == policy.NONE }

// Evicted notes that the entry at off, whose key has the hash h, leaves for room, before it is removed.
func (o *Order) Evicted(m *memory.Memory, off uint32, h uint64) {
	switch {
	case !o.segmented():
		return
	case m.Entry(off).Stamp()&inSmall == 0:
		// An entry that a search found leaves from between others: those that are prepared are all there still.
		if off == o.tail {
			o.wantReady()
		}
		return
	}
	want := o.entries
	if o.policy == policy.S3FIFO {
		want -= want / smallPart
	}
	o.ghosts.add(h, want)
}

// Add puts the entry at off, which is new and whose key has the hash h, into the order as used now. hashOf returns the hash of
// another entry's key.
func (o *Order) Add(m *memory.Memory, off uint32, h uint64, hashOf func(off uint32) uint64) {
	if o.policy == policy.LFU {
		o.sketch.add(h, o.entries)
	}
	segment := uint32(0)
	if o.segmented() && o.enters(m, h, hashOf) {
		segment = inSmall
	}
	o.addNewest(m, off, segment)
}

// AddAgain is Add for an entry that is written anew in another slot, and had the given stamp in the former one.
func (o *Order) AddAgain(m *memory.Memory, off, stamp uint32, h uint64) {
	o.addNewest(m, off, stamp&flags)
	o.Hit(m, off, h)
}

// addNewest adds the entry with these flags as the newest of its segment.
func (o *Order) addNewest(m *memory.Memory, off, flags uint32) {
	if !o.segmented() || o.merging {
		flags &^= inSmall
	}
	o.setEntries(o.entries + 1)
	o.stampNow(m.Entry(off), flags)
	switch {
	case flags&inSmall != 0:
		o.small++
		fallthrough
	case !o.segmented():
		o.insert(m, off, o.head)
	default:
		o.insert(m, off, o.mark)
		o.mark = off
	}
}

// AddOldest puts the entry at off into the order as the oldest of its segment, with a stamp that Adopt returned.
func (o *Order) AddOldest(m *memory.Memory, off, stamp uint32) {
	if !o.segmented() || o.merging {
		stamp &^= inSmall
	}
	o.setEntries(o.entries + 1)
	m.Entry(off).SetStamp(stamp)
	switch {
	case stamp&inSmall != 0:
		o.small++
		o.insert(m, off, o.mark)
		return
	case o.segmented() && o.mark == 0:
		o.mark = off
	}
	o.insert(m, off, 0)
}

// Remove takes the entry at off out of the order.
func (o *Order) Remove(m *memory.Memory, off uint32) {
	h := m.Entry(off)
	o.upcoming.leaves(off, h)
	o.upcoming.forgetHash(off)
	switch {
	case off == o.hand:
		o.hand = h.Prev
	case off == o.mark:
		o.mark = h.Next
	case h.Stamp()&inSmall != 0:
		o.small--
	}
	o.setEntries(o.entries - 1)
	o.unlink(m, h)
}

// Moved makes the order refer to the entry at to in place of its former offset.
func (o *Order) Moved(m *memory.Memory, from, to uint32) {
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
	if o.hands != nil {
		o.hands.leave(from, to)
	}
	o.upcoming.forgetHash(from)
	if o.upcoming.at == from {
		o.upcoming.at = to
	}
	switch from {
	case o.hand:
		o.hand = to
	case o.mark:
		o.mark = to
	}
}

// Reset forgets all entries. The count of uses goes on.
func (o *Order) Reset() {
	o.head, o.tail, o.small, o.mark, o.hand = 0, 0, 0, 0, 0
	o.hands, o.lack, o.upcoming = nil, 0, upcoming{}
	o.ghosts.forget()
	o.sketch.forget()
	o.setEntries(0)
}

// Entries is the number of entries.
func (o *Order) Entries() int64 { return int64(o.entries) }

// Newest is the entry that came last, or was used last, by the policy's order; 0 if there is none.
func (o *Order) Newest() uint32 { return o.head }
