package order

import (
	"math/bits"
	"sync/atomic"

	"github.com/cachegopher/cachegopher/lru/policy"
)

// ghosts remember which keys left the small segment lately, by 16 bits of their hashes, in buckets of a cache line each. A
// bucket is a queue: what is added pushes out what is oldest. Two keys in a few thousand are taken for each other, which
// costs nothing but a better place for one of them.
type ghosts struct {
	words []uint64 // buckets of bucketWords words, each of four slots, a bucket's newest in the lowest bits of its first word; 0: none
	depth uint8    // log2 of the number of buckets
	used  uint8    // slots of a bucket in use
	most  uint32   // the greatest number of slots; 0: no bound
	sized uint8    // bits of the number of keys for which the buckets were made; 0: not made yet, or for another bound

	ahead atomic.Pointer[[]uint64] // words, for expect; nil: there are none
}

const (
	bucketWords = 8
	wordSlots   = 4
	slotBits    = 64 / wordSlots
	bucketSlots = bucketWords * wordSlots
	lowestBits  = 1<<(0*slotBits) | 1<<(1*slotBits) | 1<<(2*slotBits) | 1<<(3*slotBits) // of all slots of a word
)

// add remembers the key with the hash h, beside about want others.
func (g *ghosts) add(h uint64, want uint32) {
	g.fit(want)
	b, mark := g.bucket(h)
	for i, w := range b {
		b[i], mark = w<<slotBits|mark, w>>(64-slotBits)
	}
	if over := int(g.used) % wordSlots; over != 0 {
		b[len(b)-1] &= 1<<(over*slotBits) - 1
	}
}

// take forgets the key with the hash h, and reports whether it was there.
func (g *ghosts) take(h uint64) bool {
	b, mark := g.bucket(h)
	mark *= lowestBits
	for i, w := range b {
		if other := w ^ mark; (other-lowestBits)&^other&(lowestBits<<(slotBits-1)) != 0 { // a slot of other is 0
			drop(b[i:], other)
			return true
		}
	}
	return false
}

// drop takes the slot out of b that is the first one of the word other with 0 in it, so that those behind it move up.
func drop(b []uint64, other uint64) {
	at := bits.TrailingZeros64((other-lowestBits)&^other&(lowestBits<<(slotBits-1))) / slotBits * slotBits
	before := uint64(1)<<at - 1
	for i, w := range b {
		next := uint64(0)
		if i+1 < len(b) {
			next = b[i+1]
		}
		b[i] = w&before | (w>>slotBits|next<<(64-slotBits))&^before
		before = 0
	}
}

// bucket is where the key with the hash h is remembered, and how.
func (g *ghosts) bucket(h uint64) (words []uint64, mark uint64) {
	if len(g.words) == 0 {
		return nil, 0
	}
	h *= spread
	at := firstWord(h, len(g.words))
	return g.words[at : at+(int(g.used)+wordSlots-1)/wordSlots], max(h>>16&(1<<slotBits-1), 1)
}

// expect asks the processor for where the key with the hash h is remembered. It requires no lock.
func (g *ghosts) expect(h uint64) { expectBlock(&g.ahead, h) }

// fit makes room for about want keys. What is remembered stays, apart from what is oldest.
func (g *ghosts) fit(want uint32) {
	if bits.Len32(want) != int(g.sized) || g.sized == 0 {
		g.fitDepth(want)
	}
	g.used = uint8(min(max(want>>g.depth, 1), bucketSlots))
}

// fitDepth makes so many buckets that they have room for about want keys.
func (g *ghosts) fitDepth(want uint32) {
	g.sized = uint8(bits.Len32(want))
	depth := uint8(bits.Len32(want / bucketSlots))
	for g.most != 0 && depth > 0 && bucketSlots<<depth > g.most {
		depth--
	}
	// One bucket more or less is no reason to halve them.
	if len(g.words) == 0 || depth > g.depth || depth+1 < g.depth || g.most != 0 && bucketSlots<<g.depth > g.most && depth < g.depth {
		g.resize(depth)
	}
}

// resize changes the number of buckets to 1<<depth. A bucket that is divided goes to both of its parts, since nobody knows
// which half of its keys belongs where.
func (g *ghosts) resize(depth uint8) {
	words := make([]uint64, bucketWords<<depth)
	for i := range 1 << depth {
		if len(g.words) == 0 {
			break
		}
		from := i
		if depth > g.depth {
			from >>= depth - g.depth
		} else {
			from <<= g.depth - depth // of the others, what was newest is lost
		}
		copy(words[i*bucketWords:(i+1)*bucketWords], g.words[from*bucketWords:])
	}
	g.words, g.depth = words, depth
	g.ahead.Store(&words)
}

// forget forgets all keys, and gives the memory back.
func (g *ghosts) forget() {
	g.words, g.depth, g.used, g.sized = nil, 0, 0, 0
	g.ahead.Store(nil)
}

// ghostPart is the divisor of the ghosts' part of the bytes that LFU uses to remember keys; the sketch has the others.
const ghostPart = 4

// LimitMemory bounds the bytes that the order uses to remember keys; 0: no bound.
func (o *Order) LimitMemory(bytes int64) {
	ghosts := bytes
	if o.policy != policy.S3FIFO {
		ghosts /= ghostPart
	}
	o.ghosts.sized, o.sketch.sized = 0, 0
	o.ghosts.most, o.sketch.most = uint32(min(ghosts/2, 1<<31)), uint32(min((bytes-ghosts)/(8*blockWords), 1<<31))
}

// MemoryBytes is how many bytes it uses for that.
func (o *Order) MemoryBytes() int64 {
	return int64(cap(o.ghosts.words)+cap(o.sketch.words)) * 8
}
