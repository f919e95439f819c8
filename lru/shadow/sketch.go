package shadow

// The sketch of LFU counts requests a key in counters of 4 bits that keys share: a count-min sketch of four rows, in
// which only the smallest of a key's counters rise. After a while it halves all of them, so that it forgets.
const (
	countersAnEntry = 32
	mostCount       = 15
	agingPerEntry   = 40 // increments an entry between two halvings
)

// sketch counts requests for the keys of a cache.
type sketch struct {
	counters []uint8 // two a byte
	mask     uint64
	added    int // since the last halving, or half of those before
	period   int
	entries  int // that it is made for
}

// leastEntries is what a sketch begins with.
const leastEntries = 64

// newSketch returns an empty sketch that can grow for as many entries.
func newSketch(most int) *sketch {
	s := &sketch{counters: make([]uint8, powerOfTwo(max(most, leastEntries)*countersAnEntry)/2)}
	s.begin()
	return s
}

// begin makes it one for leastEntries, which has counted nothing.
func (s *sketch) begin() {
	s.added, s.mask = 0, leastEntries*countersAnEntry-1
	s.setEntries(leastEntries)
}

func (s *sketch) setEntries(n int) { s.entries, s.period = n, agingPerEntry*n }

// forget makes it as newSketch does.
func (s *sketch) forget() {
	clear(s.counters)
	s.begin()
}

// width is the bytes in use.
func (s *sketch) width() int { return int(s.mask+1) / 2 }

// grow makes the sketch one for n entries, as far as it has memory for. If the counters' places get another bit, nobody
// knows it of the requests counted so far: they are counted for both of its values.
func (s *sketch) grow(n int) {
	for s.entries < n && s.entries*countersAnEntry <= len(s.counters) {
		s.setEntries(2 * s.entries)
		if w := s.width(); w < s.entries*countersAnEntry/2 {
			copy(s.counters[w:2*w], s.counters)
			s.mask = 2*s.mask + 1
		}
	}
}

// halve makes the sketch one for half as many entries, after half of the keys are gone. It keeps all counters: with half of them, the keys
// that are left would lose their counts, or have those of others.
func (s *sketch) halve() {
	if s.entries > leastEntries {
		s.setEntries(s.entries / 2)
		s.added = min(s.added/2, s.period-1)
	}
}

// powerOfTwo is the smallest power of two that is at least n.
func powerOfTwo(n int) int {
	p := 2
	for p < n {
		p *= 2
	}
	return p
}

// places are the counters of the hash, one a row.
func (s *sketch) places(h uint64) (at [4]uint64) {
	for i := range at {
		h = mix(h + 0x9e3779b97f4a7c15)
		at[i] = h & s.mask
	}
	return at
}

func (s *sketch) counter(at uint64) uint8 { return s.counters[at/2] >> (at % 2 * 4) & 15 }

// count returns about how often h was added lately, up to mostCount.
func (s *sketch) count(h uint64) uint8 {
	least := uint8(mostCount)
	for _, at := range s.places(h) {
		least = min(least, s.counter(at))
	}
	return least
}

// add counts a request.
func (s *sketch) add(h uint64) {
	places := s.places(h)
	least := uint8(mostCount)
	for _, at := range places {
		least = min(least, s.counter(at))
	}
	if least == mostCount {
		return
	}
	for _, at := range places {
		if s.counter(at) == least {
			s.counters[at/2] += 1 << (at % 2 * 4)
		}
	}
	if s.added++; s.added < s.period {
		return
	}
	for i := range s.counters[:s.width()] {
		s.counters[i] = s.counters[i] >> 1 & 0x77
	}
	s.added /= 2
}

// mix spreads the bits of a hash, so that what its lower bits were used for says nothing of the result.
func mix(h uint64) uint64 {
	h ^= h >> 32
	h *= 0xd6e8feb86659fd93
	h ^= h >> 32
	h *= 0xd6e8feb86659fd93
	return h ^ h>>32
}
