package order

import (
	"math/bits"
	"sync/atomic"

	"github.com/cachegopher/cachegopher/lru/internal/memory"
)

// sketch counts how often keys were used, those of a shard's entries and others: a count-min sketch (Cormode, Muthukrishnan
// 2005) of counters of 4 bits. A key has four of them, all in one cache line, and of these only the lowest ones are counted
// up. Now and then all are halved, so that what is no longer used is forgotten.
type sketch struct {
	words []uint64 // blocks of blockWords
	adds  uint32   // increments since counters were halved
	most  uint32   // the greatest number of blocks; 0: no bound
	sized uint8    // bits of the number of entries for which it was made; 0: not made yet, or for another bound

	ahead atomic.Pointer[[]uint64] // words, for expect; nil: there are none
}

const (
	blockWords    = 8  // a cache line of 128 counters
	entriesABlock = 2  // a block for as many entries, or up to twice as many; for twice as many if memory is not bounded
	periodAdds    = 40 // increments an entry after which all counters are halved
)

// add counts a use of the key with the hash h. entries is how many the shard has.
func (s *sketch) add(h uint64, entries uint32) {
	if bits.Len32(entries) != int(s.sized) || s.sized == 0 {
		s.fit(entries)
	}
	b, x := s.block(h)
	least := b.least(x)
	if least == 15 {
		return
	}
	for row := range rows {
		b.raise(row, x>>(rowBits*row), least)
	}
	if s.adds++; s.adds >= periodAdds*max(entries, entriesABlock) {
		s.halve()
	}
}

// expect asks the processor for the counters of the key with the hash h. It requires no lock.
func (s *sketch) expect(h uint64) { expectBlock(&s.ahead, h) }

// expectBlock asks the processor for the block of the key with the hash h among the words; nil: there are none.
func expectBlock(words *atomic.Pointer[[]uint64], h uint64) {
	if w := words.Load(); w != nil {
		memory.ExpectWord(&(*w)[firstWord(h*spread, len(*w))])
	}
}

// spread makes good bits of a hash's: a shard's hashes begin alike, and those in a bucket of the index end alike.
const spread = 0x9e3779b97f4a7c15

// firstWord is where the block of the key begins among so many words. h is its hash times spread.
func firstWord(h uint64, words int) int { return int(h>>32*uint64(words/blockWords)>>32) * blockWords }

// estimate is how often the key was used, up to 15.
func (s *sketch) estimate(h uint64) uint64 {
	if len(s.words) == 0 {
		return 0
	}
	b, x := s.block(h)
	return b.least(x)
}

// block is the block of the key with the hash h, and bits that choose its counters.
func (s *sketch) block(h uint64) (b *block, x uint64) {
	h *= spread
	at := firstWord(h, len(s.words))
	return (*block)(s.words[at : at+blockWords]), h >> 8
}

// block has the counters of some keys, a row in every two words. Of the bits that choose a key's counters, rowBits for each row,
// the lowest chooses the word, and the four from shiftBits the counter.
type block [blockWords]uint64

const (
	rows      = blockWords / 2
	rowBits   = 6
	shiftBits = 15 << 2 // where the counter begins, as a counter has four bits
)

// least is the lowest of a key's counters. What it does for each row is written out: a loop takes twice as long.
func (b *block) least(x uint64) uint64 {
	return min(b[x&1]>>(x&shiftBits)&15,
		b[x>>rowBits&1|2]>>(x>>rowBits&shiftBits)&15,
		b[x>>(2*rowBits)&1|4]>>(x>>(2*rowBits)&shiftBits)&15,
		b[x>>(3*rowBits)&1|6]>>(x>>(3*rowBits)&shiftBits)&15)
}

// raise counts up the counter of a row that x chooses, where it is not above least: without a branch, which would often be
// mispredicted.
func (b *block) raise(row int, x, least uint64) {
	word := &b[2*row+int(x&1)]
	above := *word>>(x&shiftBits)&15 - least
	*word += (above - 1) >> 63 << (x & shiftBits)
}

// fit makes the sketch large enough for the entries. What is known stays: a block that is divided goes to all of its parts. If the
// bound makes the number of blocks one that is no power of two, the counts of some keys are lost.
func (s *sketch) fit(entries uint32) {
	s.sized = uint8(bits.Len32(entries))
	if s.most == 0 {
		entries /= 2
	}
	have, blocks := len(s.words)/blockWords, 1<<(max(bits.Len32(entries/entriesABlock), 1)-1)
	over := s.most != 0 && have > int(max(s.most, 1))
	if s.most != 0 {
		blocks = min(blocks, int(max(s.most, 1)))
	}
	if have != 0 && !over && (blocks <= have && have <= 2*blocks) { // half as many are no reason to lose half
		return
	}
	words := make([]uint64, blockWords*blocks)
	for i := range blocks {
		if have > 0 {
			from := i * have / blocks
			copy(words[i*blockWords:(i+1)*blockWords], s.words[from*blockWords:])
		}
	}
	s.words = words
	s.ahead.Store(&words)
}

// halve halves all counters.
func (s *sketch) halve() {
	for i := range s.words {
		s.words[i] = s.words[i] >> 1 & 0x7777777777777777
	}
	s.adds /= 2
}

// forget forgets all uses, and gives the memory back.
func (s *sketch) forget() {
	s.words, s.adds, s.sized = nil, 0, 0
	s.ahead.Store(nil)
}
