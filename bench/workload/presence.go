package workload

import "sync/atomic"

// Presence remembers which keys must be there: those that were stored, and not deleted since. Any goroutine may use it.
//
// A cell packs: there (1 bit), the deletes under way (15 bits), and a count of deletes begun (16 bits), by which it is
// noticed that one came while another request was under way.
type Presence struct{ cells []atomic.Uint32 }

const (
	presentBit  = 1 << 31
	oneDelete   = 1 << 16
	deleteMask  = 1<<15 - 1
	deleteCount = 1<<16 - 1
)

// NewPresence returns the presence of n keys that are all there.
func NewPresence(n uint64) *Presence {
	p := &Presence{cells: make([]atomic.Uint32, n)}
	for i := range p.cells {
		p.cells[i].Store(presentBit)
	}
	return p
}

// Deleting says that a delete of key is sent. Deleted must follow.
func (p *Presence) Deleting(key uint64) {
	for c := &p.cells[key]; ; {
		old := c.Load()
		under := old >> 16 & deleteMask
		if c.CompareAndSwap(old, (under+1)<<16|(old+1)&deleteCount) {
			return
		}
	}
}

// Deleted says that a delete of key was answered, or never will be.
func (p *Presence) Deleted(key uint64) { p.cells[key].Add(^uint32(oneDelete - 1)) }

// Mark is the state of a key when a request is sent. sure says that the key must be there, if it does not change.
func (p *Presence) Mark(key uint64) (mark uint16, sure bool) {
	c := p.cells[key].Load()
	return uint16(c), c&presentBit != 0
}

// Writing is Mark for a write. alone says that no delete is under way, so that the key will be there if none comes.
func (p *Presence) Writing(key uint64) (mark uint16, alone bool) {
	c := p.cells[key].Load()
	return uint16(c), c>>16&deleteMask == 0
}

// Must reports whether a read that was sent when Mark said mark, and that it was sure, must have found the key.
func (p *Presence) Must(key uint64, mark uint16) bool {
	c := p.cells[key].Load()
	return c&presentBit != 0 && uint16(c) == mark
}

// Stored says that a write of key was answered, which was sent when Writing said mark, and that it was alone. The key is
// there if no delete came meanwhile.
func (p *Presence) Stored(key uint64, mark uint16) {
	for c := &p.cells[key]; ; {
		old := c.Load()
		if uint16(old) != mark || old>>16&deleteMask != 0 || old&presentBit != 0 {
			return
		}
		if c.CompareAndSwap(old, old|presentBit) {
			return
		}
	}
}

// Lost says that nobody knows whether key is there.
func (p *Presence) Lost(key uint64) { p.cells[key].And(^uint32(presentBit)) }
