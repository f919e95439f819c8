package localreads

import (
	"runtime"
	"sync/atomic"

	"github.com/cachegopher/cachegopher/ring"
)

// SlotSet has a bit for each slot.
type SlotSet [ring.Slots / 64]uint64

// The board is a page of words. Each is written with one atomic store, and nothing is promised about two of them.
const (
	boardBytes = 4096
	boardMagic = 0x3164_726f_6270_6763 // "cgpbord1": the last digit is the version of the layout

	wordMagic   = 0
	wordClock   = 1 // the store's clock in milliseconds
	wordServing = 2 // 1: the store may be read
	wordPartly  = 3 // 1: not for all slots
	wordSlots   = 64
)

// words are a board's memory, mapped by the node and by its readers.
type words *[boardBytes / 8]atomic.Uint64

// Post is what the node writes on its board. Its methods may be called from any goroutine.
type Post struct{ words words }

// SetClock stores the time of the store's clock in milliseconds. Readers take a node whose clock stands still for dead.
func (p Post) SetClock(ms int64) { p.words[wordClock].Store(uint64(ms)) }

// SetServing stores whether readers may read the store: only while the node itself would answer reads.
func (p Post) SetServing(serving bool) {
	w := uint64(0)
	if serving {
		w = 1
	}
	p.words[wordServing].Store(w)
}

// SetSlots stores the slots whose keys may be read.
func (p Post) SetSlots(slots *SlotSet) {
	partly := uint64(0)
	for i, w := range slots {
		p.words[wordSlots+i].Store(w)
		if w != 1<<64-1 {
			partly = 1
		}
	}
	p.words[wordPartly].Store(partly)
}

// Notice is what a reader sees of a board. Its mapping is given up once it is garbage.
type Notice struct{ words words }

// Clock is the time of the store's clock in milliseconds, as of a few milliseconds ago if the node runs.
func (n *Notice) Clock() int64 {
	ms := int64(n.words[wordClock].Load())
	runtime.KeepAlive(n)
	return ms
}

// Serves reports whether this key may be read. What was read before a call that returns true was read in time.
func (n *Notice) Serves(key string) bool {
	serves := n.words[wordServing].Load() == 1
	if serves && n.words[wordPartly].Load() != 0 {
		slot := ring.Slot(key)
		serves = n.words[wordSlots+slot/64].Load()>>(slot%64)&1 != 0
	}
	runtime.KeepAlive(n)
	return serves
}
