package client

import (
	"encoding/binary"
	"sync/atomic"
)

// touched has the hashes of keys that were read, and of which the node has not heard yet.
type touched struct {
	noted  [4096]atomic.Uint64 // hashes noted lately, by their low bits
	n      atomic.Uint32       // of hashes; it may exceed their number
	hashes [touchedMost]atomic.Uint64
}

// touchedMost bounds the hashes that are sent to a node at once. Further ones are dropped: a key that is read often is
// noted another time.
const touchedMost = 2048

// add notes a hash, unless it was noted lately or there is no room.
func (t *touched) add(h uint64) {
	slot := &t.noted[h%uint64(len(t.noted))]
	if slot.Load() == h || t.n.Load() >= touchedMost {
		return
	}
	slot.Store(h)
	if i := t.n.Add(1) - 1; i < touchedMost {
		t.hashes[i].Store(h)
	}
}

// full reports whether further hashes were dropped.
func (t *touched) full() bool { return t.n.Load() >= touchedMost }

// take returns the hashes as LOCALREADS TOUCH takes them, and forgets them.
func (t *touched) take() string {
	n := min(t.n.Load(), touchedMost)
	b := make([]byte, 0, 8*n)
	for i := range n {
		b = binary.LittleEndian.AppendUint64(b, t.hashes[i].Load())
	}
	t.n.Store(0)
	return string(b)
}

// forget lets all hashes be noted again.
func (t *touched) forget() {
	for i := range t.noted {
		t.noted[i].Store(0)
	}
}
