package order

import (
	"math/bits"

	"github.com/cachegopher/cachegopher/lru/internal/memory"
	"github.com/cachegopher/cachegopher/lru/policy"
)

// ghosts remember which keys left the small segment lately, by 16 bits of their hashes, in buckets of a cache line each. A
// bucket is a queue: what is added pushes out what is oldest. Two keys in a few thousand are taken for each other, which
// costs nothing but a better place for one of them.
type ghosts struct {
	slots []uint16 // a bucket's newest first; 0: none
	depth uint8    // log2 of the number of buckets
	used  uint8    // slots of a bucket in use
	most  uint32   // the greatest number of slots; 0: no bound
}

const bucketSlots = 32

// add remembers the key with the hash h, beside about want others.
func (g *ghosts) add(h uint64, want uint32) {
	g.fit(want)
	if b, mark := g.bucket(h); b != nil {
		copy(b[1:], b)
		b[0] = mark
	}
}

// take forgets the key with the hash h, and reports whether it was there.
func (g *ghosts) take(h uint64) bool {
	b, mark := g.bucket(h)
	for i, other := range b {
		if other == mark {
			copy(b[i:], b[i+1:])
			b[len(b)-1] = 0
			return true
		}
	}
	return false
}

// bucket is where the key with the hash h is remembered, and how.
func (g *ghosts) bucket(h uint64) (slots []uint16, mark uint16) {
	if len(g.slots) == 0 {
		return nil, 0
	}
	h *= 0x9e3779b97f4a7c15 // a shard's hashes begin alike, and those in a bucket of the index end alike
	at := int(h>>32>>(32-g.depth)) * bucketSlots
	return g.slots[at : at+int(g.used)], max(uint16(h>>16), 1)
}

// expect asks the processor for where the key with the hash h is remembered.
func (g *ghosts) expect(h uint64) {
	if b, _ := g.bucket(h); len(b) > 0 {
		memory.ExpectWord(&b[0])
	}
}

// fit makes room for about want keys. What is remembered stays, apart from what is oldest.
func (g *ghosts) fit(want uint32) {
	depth := uint8(bits.Len32(want / bucketSlots))
	for g.most != 0 && depth > 0 && bucketSlots<<depth > g.most {
		depth--
	}
	// One bucket more or less is no reason to halve them.
	if len(g.slots) == 0 || depth > g.depth || depth+1 < g.depth || g.most != 0 && uint32(len(g.slots)) > g.most && depth < g.depth {
		g.resize(depth)
	}
	g.used = uint8(min(max(want>>g.depth, 1), bucketSlots))
}

// resize changes the number of buckets to 1<<depth. A bucket that is divided goes to both of its parts, since nobody knows
// which half of its keys belongs where.
func (g *ghosts) resize(depth uint8) {
	old := *g
	g.slots, g.depth = make([]uint16, bucketSlots<<depth), depth
	if len(old.slots) == 0 {
		return
	}
	for i := range 1 << depth {
		from := i
		if depth > old.depth {
			from >>= depth - old.depth
		} else {
			from <<= old.depth - depth // of the others, what was newest is lost
		}
		copy(g.slots[i*bucketSlots:(i+1)*bucketSlots], old.slots[from*bucketSlots:])
	}
}

// forget forgets all keys, and gives the memory back.
func (g *ghosts) forget() { g.slots, g.depth, g.used = nil, 0, 0 }

// ghostPart is the divisor of the ghosts' part of the bytes that LFU uses to remember keys; the sketch has the others.
const ghostPart = 4

// LimitMemory bounds the bytes that the order uses to remember keys; 0: no bound.
func (o *Order) LimitMemory(bytes int64) {
	ghosts := bytes
	if o.policy != policy.S3FIFO {
		ghosts /= ghostPart
	}
	o.ghosts.most, o.sketch.most = uint32(min(ghosts/2, 1<<31)), uint32(min((bytes-ghosts)/(8*blockWords), 1<<31))
}

// MemoryBytes is how many bytes it uses for that.
func (o *Order) MemoryBytes() int64 {
	return int64(cap(o.ghosts.slots))*2 + int64(cap(o.sketch.words))*8
}
