package shadow

// part is what a bank counts of a part of the keys, in the sample that it has of all of them.
type part struct {
	gets, held float64   // as those of the bank
	hits       []float64 // of each simulation
}

// countGet counts a read of a key of p, which may be nil.
func (p *part) countGet(held bool) {
	if p == nil {
		return
	}
	p.gets++
	if held {
		p.held++
	}
}

// countHit counts that the simulation of this number had the key. p may be nil.
func (p *part) countHit(simulation int) {
	if p != nil {
		p.hits[simulation]++
	}
}

// weigh multiplies what was counted so far.
func (p *part) weigh(by float64) {
	p.gets *= by
	p.held *= by
	for i := range p.hits {
		p.hits[i] *= by
	}
}

// SetParts begins to count n parts of the keys apart; what was counted of parts before is forgotten.
func (c *Curve) SetParts(n int) {
	c.parts, c.bank.parts = make([]reads, n), make([]part, n)
	for i := range c.bank.parts {
		c.bank.parts[i].hits = make([]float64, len(c.bank.sims))
	}
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
	var p *part
	if number >= 0 && number < len(c.parts) {
		p = &c.bank.parts[number]
	}
	c.bank.get(hash, size, held, p)
	if c.cold {
		c.warm()
	}
}

// AccountPart is Account of the keys of a part.
func (c *Curve) AccountPart(number int, hits, reads float64) { c.parts[number].account(hits, reads) }

// PartRatios are the Ratios of a part: its hit ratios with so many times the memory of the whole cache.
func (c *Curve) PartRatios(number int) (ratios []float64, reads float64) {
	p := &c.bank.parts[number]
	return c.parts[number].ratios(p.hits, p.gets, p.held), p.gets
}
