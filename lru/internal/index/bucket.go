package index

import (
	"math/bits"
	"unsafe"

	"github.com/cachegopher/cachegopher/lru/internal/memory"
)

// Bucket is one cache line of the index: tags and offsets of up to 12 entries.
type Bucket struct {
	tags     [bucketSlots]uint8 // 0: empty
	overflow uint16             // entries that are in a later bucket because this one was full
	meta     uint16             // buckets 0 to 3 keep the segment's own data here: see segment.go
	offs     [bucketSlots]uint32
}

const (
	bucketSlots = 12
	bucketSize  = 64
	unit        = 8 // bytes that an offset counts
)

// bucketAt is bucket i of the segment at seg.
func bucketAt(m *memory.Memory, seg, i uint32) *Bucket {
	return (*Bucket)(m.At(seg, i*(bucketSize/unit)))
}

// matches is a set of a bucket's slots: bit 8*i for slot i of the first eight,
// bit 8*i+1 for slot 8+i.
type matches uint64

// match returns the slots of b whose tag is t. It may also return a slot above a matching one, which does not matter since
// keys are compared anyway; the lowest slot it returns of the first eight, and of the others, always matches.
func (b *Bucket) match(t uint8) matches {
	p := unsafe.Pointer(b)
	lo := *(*uint64)(p) ^ 0x0101010101010101*uint64(t)
	hi := *(*uint32)(unsafe.Add(p, 8)) ^ 0x01010101*uint32(t)
	lo = (lo - 0x0101010101010101) &^ lo & 0x8080808080808080
	hi = (hi - 0x01010101) &^ hi & 0x80808080
	return matches(lo>>7 | uint64(hi>>6))
}

// slot is the slot of the lowest bit. REQUIRES: m is not empty.
func (m matches) slot() int {
	bit := bits.TrailingZeros64(uint64(m))
	return bit>>3 + bit&1<<3
}

// rest is m without its lowest bit.
func (m matches) rest() matches { return m & (m - 1) }

// empty returns an unused slot of b, or -1.
func (b *Bucket) empty() int {
	if m := b.match(0); m != 0 {
		return m.slot()
	}
	return -1
}
