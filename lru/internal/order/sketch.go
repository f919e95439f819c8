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

	ahead atomic.Pointer[[]uint64] // words, for expect; nil: there are none
}

const (
	blockWords    = 8  // a cache line of 128 counters
	entriesABlock = 2  // a block for as many entries, or up to twice as many; for twice as many if memory is not bounded
	periodAdds    = 40 // increments an entry after which all counters are halved
)

// add counts a use of the key with the hash h. entries is how many the shard has.
func (s *sketch) add(h uint64, entries uint32) {
	s.fit(entries)
	block, x := s.block(h)
	least := s.least(block, x)
	if least == 15 {
		return
	}
	for row := range 4 {
		word, shift := counter(row, x)
		above := block[word]>>shift&15 - least
		block[word] += (above - 1) >> 63 << shift // one, where above is 0: a branch would often be mispredicted
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
	block, x := s.block(h)
	return s.least(block, x)
}

// least is the lowest of a key's counters.
func (s *sketch) least(block []uint64, x uint64) uint64 {
	least := uint64(15)
	for row := range 4 {
		word, shift := counter(row, x)
		least = min(least, block[word]>>shift&15)
	}
	return least
}

// counter is the key's counter in a row: the number of the word in the block, and where it begins.
func counter(row int, x uint64) (word int, shift uint) {
	n := x >> (5 * row) & 31
	return 2*row + int(n>>4), uint(n&15) * 4
}

// block is the block of the key with the hash h, and bits that choose its counters.
func (s *sketch) block(h uint64) (block []uint64, x uint64) {
	h *= spread
	at := firstWord(h, len(s.words))
	return s.words[at : at+blockWords : at+blockWords], h >> 8
}

// fit makes the sketch large enough for the entries. What is known stays: a block that is divided goes to all of its parts. If the
// bound makes the number of blocks one that is no power of two, the counts of some keys are lost.
func (s *sketch) fit(entries uint32) {
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
	s.words, s.adds = nil, 0
	s.ahead.Store(nil)
}
