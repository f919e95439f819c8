package shadow

// part is what a bank counts of a part of the keys, in the sample that it has of all of them.
type part struct {
	gets, held float64   // as those of the bank
	hits       []float64 // of each simulation
	groups     groups
}

// noPart is the number of keys that are of no part.
const noPart = -1

func newParts(n, simulations int) []part {
	all := make([]part, n)
	for i := range all {
		all[i].hits = make([]float64, simulations)
	}
	return all
}

// setParts begins to count n parts of the keys apart. What parts the known keys are of is forgotten.
func (b *bank[N]) setParts(n int) {
	b.parts = newParts(n, len(b.sims))
	clear(b.keys.part)
}

// part returns the part of this number, nil for noPart.
func (b *bank[N]) part(number int) *part {
	if number == noPart {
		return nil
	}
	return &b.parts[number]
}

// setPart says what part k is of: 1 and its number, or 0. The bytes of k count for that from now on.
func (b *bank[N]) setPart(k N, part uint8) {
	if b.keys.part[k] == part {
		return
	}
	size := int64(b.keys.size[k])
	for _, s := range b.sims {
		s.countPart(k, -size)
	}
	b.keys.part[k] = part
	for _, s := range b.sims {
		s.countPart(k, size)
	}
}

// countGet counts a read of a key of p with the hash h. p may be nil.
func (p *part) countGet(h uint64, held bool) {
	if p == nil {
		return
	}
	p.gets++
	if held {
		p.held++
	}
	p.groups.of(h).countGet(h, held)
}

// countHit counts that the simulation of this number had the key with the hash h. p may be nil.
func (p *part) countHit(h uint64, simulation int) {
	if p != nil {
		p.hits[simulation]++
		p.groups.of(h).countHit(h, simulation)
	}
}

// weigh multiplies what was counted so far.
func (p *part) weigh(by float64) {
	p.gets *= by
	p.held *= by
	for i := range p.hits {
		p.hits[i] *= by
	}
	for i := range p.groups {
		p.groups[i].weigh(by)
	}
}

// SetParts begins to count n parts of the keys apart; what was counted of parts before is forgotten.
func (c *Curve) SetParts(n int) {
	c.parts, c.keeps = make([]reads, n), nil
	c.bank.setParts(n)
	for i := range c.bank.parts {
		c.bank.parts[i].groups = newParts(groupsOfSample, len(c.bank.sims))
	}
	c.Bound(make([]Bound, n))
}

// Parts is how many there are.
func (c *Curve) Parts() int { return len(c.parts) }

// BeginPart says how many reads of keys of a part the cache had before SetParts, and how many of them hit: they do not count.
func (c *Curve) BeginPart(number int, hits, reads float64) {
	c.AccountPart(number, hits, reads)
	c.parts[number].weigh(0)
}

// Get is Bank.Get of a key of the part of this number; of none if there is no such part.
func (c *Curve) Get(hash uint64, size uint32, held bool, number int) {
	if c.lost == nil {
		c.bank.get(hash, size, held, number)
		return
	}
	c.getCold(hash, size, held, number)
}

// Set is Bank.Set of a key of the part of this number; of none if there is no such part.
func (c *Curve) Set(hash uint64, size uint32, number int) { c.bank.set(hash, size, number) }

// known is number if there is such a part, else noPart.
func (b *bank[N]) known(number int) int {
	if number < 0 || number >= len(b.parts) {
		return noPart
	}
	return number
}

// AccountPart is Account of the keys of a part.
func (c *Curve) AccountPart(number int, hits, reads float64) { c.parts[number].account(hits, reads) }

// PartRatios are the Ratios of a part: its hit ratios with so many times the memory of the whole cache.
func (c *Curve) PartRatios(number int) (ratios []float64, reads float64) {
	p := &c.bank.parts[number]
	return c.parts[number].ratios(p.hits, p.gets, p.held), p.gets
}
