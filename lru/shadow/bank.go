package shadow

import "slices"

// Setup is one simulation of a bank: a policy, with a multiple of the cache's memory.
type Setup struct {
	Rule  Rule
	Times float64
}

// Bank has simulations over one sample of the keys. Its memory is fixed: about 22 bytes a key, 5 more a
// simulation, and up to 32 for the sketch of each size of memory.
type Bank struct{ bank[uint16] }

// MostKeys is the largest number of keys that NewBank takes.
const MostKeys = 1<<16 - 16

// NewBank returns a bank for a cache of memory bytes that simulates all setups, at most 64, over at most mostKeys keys,
// which include those that only a simulation's ghosts refer to.
func NewBank(memory int64, mostKeys int, setups ...Setup) *Bank {
	return &Bank{newBank[uint16](memory, mostKeys, setups...)}
}

// bank is Bank with numbers of keys of any size.
type bank[N index] struct {
	keys     *keys[N]
	sims     []*simulation[N]
	times    []float64 // of the cache's memory
	sketches []*sketch // of LFU, one for each size of memory
	sketched bool      // reads are counted by the sketches
	memory   int64
	level    uint  // the sample is 1 in 1<<level keys
	halved   int64 // the memory when it was last halved

	counts []Count
	gets   float64 // of the sample
	held   float64 // of these, the ones that the cache itself answered
	parts  []part
	groups groups  // of the sample
	bounds *bounds // of the parts; nil: none has any
}

// Count is what a simulation answered.
type Count struct{ Hits, HitBytes, Bytes float64 }

func newBank[N index](memory int64, mostKeys int, setups ...Setup) bank[N] {
	b := bank[N]{keys: newKeys[N](mostKeys), memory: memory, counts: make([]Count, len(setups)), sketched: true}
	lists := newLists(b.keys, len(setups))
	for i, s := range setups {
		b.sims = append(b.sims, &simulation[N]{lists: lists[i], rule: s.Rule})
		b.times = append(b.times, s.Times)
	}
	b.setSketches(mostKeys)
	b.setCapacities()
	return b
}

// setSketches gives simulations with the same memory the same sketch, for as many entries as there are keys in the largest.
func (b *bank[N]) setSketches(keys int) {
	largest, of := slices.Max(b.times), map[float64]*sketch{}
	for i, t := range b.times {
		if of[t] == nil {
			of[t] = newSketch(int(float64(keys) * t / largest))
			b.sketches = append(b.sketches, of[t])
		}
		b.sims[i].sketch = of[t]
	}
}

// useSketches says whether some simulation is of LFU. Where none is, sketches would only cost time: they know nothing then, as
// that of a cache which changes to LFU.
func (b *bank[N]) useSketches(on bool) {
	if on == b.sketched {
		return
	}
	b.sketched = on
	for _, s := range b.sims {
		s.sketch.forget()
		s.sketch.grow(s.entries())
	}
}

// count adds a request to the sketches, if they are used.
func (b *bank[N]) count(h uint64) {
	if !b.sketched {
		return
	}
	for _, s := range b.sketches {
		s.add(h)
	}
}

// setCapacities gives each simulation the sample's share of its memory.
func (b *bank[N]) setCapacities() {
	for i, s := range b.sims {
		s.capacity = int64(b.times[i]*float64(b.memory)) >> b.level
		s.shrink(s.capacity)
	}
	b.scaleBounds()
}

// spread makes a sample of hashes whose upper or lower bits say where a cache puts their keys.
const spread = 0x9e3779b97f4a7c15

// Sampled reports whether a key of this hash is in a sample of this threshold, which a bank's Threshold returns: all
// other requests may be kept from the bank, as it would ignore them.
func Sampled(hash, threshold uint64) bool { return hash*spread <= threshold }

// Threshold is the argument for Sampled. It falls over time, and rises when Resize begins anew.
func (b *bank[N]) Threshold() uint64 { return ^uint64(0) >> b.level }

// Counts are the answers of each simulation, in the order of the setups.
func (b *bank[N]) Counts() []Count { return b.counts }

// Gets is how many reads the counts are of. Both halve whenever the sample does.
func (b *bank[N]) Gets() float64 { return b.gets }

// Keys is how many keys it knows.
func (b *bank[N]) Keys() int { return b.keys.used }

// Thin leaves half of the keys out of the sample from now on.
func (b *bank[N]) Thin() { b.halve() }

// Rate is the sample's share of the keys.
func (b *bank[N]) Rate() float64 { return 1 / float64(uint64(1)<<b.level) }

// Get replays a read of a key of the hash. held says that the cache had it, as size bytes: a simulation that has it not
// stores it then, as the caller would have done after the miss.
func (b *bank[N]) Get(hash uint64, size uint32, held bool) { b.get(hash, size, held, noPart) }

// get is Get of a key of the part of this number; of none if there is no such part.
func (b *bank[N]) get(hash uint64, size uint32, held bool, number int) {
	if !Sampled(hash, b.Threshold()) {
		return
	}
	number = b.known(number)
	b.gets++
	if held {
		b.held++
	}
	h := hash * spread
	p, g := b.part(number), b.groups.of(h)
	p.countGet(h, held)
	g.countGet(h, held)
	b.count(h)
	k := b.hold(h, size, held, number)
	if k == 0 {
		return
	}
	b.keys.missed[k] = !held
	size = b.keys.size[k]
	for i, s := range b.sims {
		if s.get(k) {
			b.counts[i].Hits++
			b.counts[i].HitBytes += float64(size)
			p.countHit(h, i)
			g.countHit(h, i)
		} else if held {
			s.put(k)
		}
		b.counts[i].Bytes += float64(size)
	}
	b.keys.release(k)
}

// Set replays a write of size bytes under a key of the hash. After a read that missed it is no further use of the key, and
// a new key is taken to come after such a read.
func (b *bank[N]) Set(hash uint64, size uint32) { b.set(hash, size, noPart) }

// set is Set of a key of the part of this number; of none if there is no such part.
func (b *bank[N]) set(hash uint64, size uint32, number int) {
	if !Sampled(hash, b.Threshold()) {
		return
	}
	h := hash * spread
	known := b.keys.find(h) != 0
	k := b.hold(h, size, true, b.known(number))
	if k == 0 {
		return
	}
	use := known && !b.keys.missed[k]
	if use {
		b.count(h)
	}
	b.keys.missed[k] = false
	for _, s := range b.sims {
		if !s.holds(k) {
			s.put(k)
		} else if use {
			s.get(k)
		}
	}
	b.keys.release(k)
}

// hold returns the key of h with a reference more, which the caller releases. With known, it makes a key that is missing,
// and gives the key that size. It returns 0 if there is none, or it left the sample to make room.
func (b *bank[N]) hold(h uint64, size uint32, known bool, number int) N {
	k := b.keys.find(h)
	if k == 0 && known {
		for b.keys.free == 0 {
			b.halve()
		}
		if h <= b.Threshold() {
			k = b.keys.add(h, size)
		}
	}
	if k == 0 {
		return 0
	}
	b.keys.refs[k]++
	b.setPart(k, uint8(1+number))
	if known && b.keys.size[k] != size {
		b.resizeKey(k, size)
	}
	return k
}

// Remove replays the deletion, or the end, of what is stored under a key of the hash.
func (b *bank[N]) Remove(hash uint64) {
	if k := b.keys.find(hash * spread); k != 0 {
		b.removeKey(k)
	}
}

func (b *bank[N]) removeKey(k N) {
	b.keys.refs[k]++
	for _, s := range b.sims {
		s.remove(k)
	}
	b.keys.release(k)
}

// halve leaves half of the keys out of the sample from now on. What was counted so far has been of twice as many keys as
// what follows will be.
func (b *bank[N]) halve() {
	b.level++
	b.halved = b.memory
	b.weigh(.5)
	for k := 1; k < len(b.keys.hash); k++ {
		if b.keys.refs[k] > 0 && b.keys.hash[k] > b.Threshold() {
			b.removeKey(N(k))
		}
	}
	for _, s := range b.sketches {
		s.halve()
	}
	b.setCapacities()
}

// resizeKey says that k has size bytes now.
func (b *bank[N]) resizeKey(k N, size uint32) {
	change := int64(size) - int64(b.keys.size[k])
	b.keys.size[k] = size
	for _, s := range b.sims {
		s.bytes[s.in(k)] += change
		s.countPart(k, change)
		s.shrink(s.capacity)
	}
}

// weigh multiplies what was counted so far.
func (b *bank[N]) weigh(by float64) {
	b.gets *= by
	b.held *= by
	for i := range b.counts {
		c := &b.counts[i]
		*c = Count{c.Hits * by, c.HitBytes * by, c.Bytes * by}
	}
	for _, all := range [...][]part{b.parts, b.groups} {
		for i := range all {
			all[i].weigh(by)
		}
	}
}
