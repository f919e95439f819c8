package shadow

import (
	"math"
	"slices"
)

// A prediction that is wrong is worse than none. Three things are looked at before one is given: how far the simulation of today's
// memory is from the cache itself; how far chance may have led, by what each part of the sample alone would change; and how many
// misses may be of keys that a simulation was not shown, and that a cache of its size would have had.

const (
	// leastTrusted is how many reads of the sample show chance at all.
	leastTrusted = 100
	// groupsOfSample is how many groups the keys of the sample are divided into, to see chance.
	groupsOfSample = 8
	// mostOff is how far the simulation of today's memory may be from what the cache did.
	mostOff = .01
	// mostChance is the largest standard error of a prediction.
	mostChance = .005
	// mostLost is the largest share of reads that missed where a simulation may not have been shown the key.
	mostLost = .005
)

// groups divide the keys of a part, or of the whole sample, by their hashes; nil: nobody asks how much is chance.
type groups []part

// of returns the group of a key, nil if there are none. It takes bits that the sample's threshold leaves alone.
func (g groups) of(h uint64) *part {
	if g == nil {
		return nil
	}
	return &g[h%groupsOfSample]
}

// Miss says that the cache has entries, or had requests, that the bank was not shown. What is counted until the simulation of
// today's memory is about full does not count in the end.
func (c *Curve) Miss() {
	if c.lost == nil {
		c.lost = make([]float64, len(c.bank.sims))
	}
	if !c.cold && !c.today().aboutFull() {
		c.cold = true
		c.forget()
		c.stale = true
	}
}

// getCold is Get where misses may be of keys that were not shown.
func (c *Curve) getCold(hash uint64, size uint32, held bool, number int) {
	before, gets := [16]float64{}, c.bank.gets
	for i, n := range c.bank.counts {
		before[i] = n.Hits
	}
	c.bank.get(hash, size, held, number)
	if c.bank.gets == gets+1 {
		for i, n := range c.bank.counts {
			if n.Hits == before[i] && !c.bank.sims[i].aboutFull() {
				c.lost[i]++
			}
		}
	}
	if c.cold && c.today().aboutFull() {
		c.cold = false
		c.forget()
		c.stale = true
	}
}

// today is the simulation of today's memory.
func (c *Curve) today() *simulation[uint16] { return c.bank.sims[c.atToday()] }

func (c *Curve) atToday() int { return slices.Index(c.bank.times, 1) }

// aboutFull reports whether next to no room is left.
func (s *simulation[N]) aboutFull() bool { return s.held() >= s.capacity-s.capacity/16 }

// Trusted says of each of the Ratios whether it should be within about a point of what a cache of that size would do.
func (c *Curve) Trusted() []bool {
	gets := c.bank.gets
	all := c.certain(&c.all, &part{gets, c.bank.held, c.hits(), c.bank.groups})
	for i := range all {
		all[i] = all[i] && (c.lost == nil || c.lost[i] <= mostLost*gets)
	}
	return all
}

// PartTrusted is Trusted of the PartRatios of a part.
func (c *Curve) PartTrusted(number int) []bool {
	all, whole := c.certain(&c.parts[number], &c.bank.parts[number]), c.Trusted()
	for i := range all {
		all[i] = all[i] && whole[i]
	}
	return all
}

// certain says of each simulation whether neither it nor chance is likely to have led far from what a cache would do with the keys
// of which the sample had p, and the cache n.
func (c *Curve) certain(n *reads, p *part) []bool {
	all := make([]bool, len(p.hits))
	off := n.ratios(p.hits, p.gets, p.held)[c.atToday()] - n.ratio()
	if p.gets < leastTrusted || math.Abs(off) > mostOff {
		return all
	}
	left := 1 - min(p.gets/max(n.reads, 1), 1)
	for i, chance := range n.chance(p) {
		all[i] = chance*math.Sqrt(left) <= mostChance
	}
	return all
}

// ratio is the share of reads that hit.
func (n *reads) ratio() float64 { return n.hits / max(n.reads, 1) }

// chance is the standard error of each ratio, by what the sample p predicts without one group after another, as if p were a small
// part of all reads. If it is a large one, less is left to chance: sqrt(1-share) of that (the finite population correction), and
// nothing if the sample has every read.
func (n *reads) chance(p *part) []float64 {
	var without [groupsOfSample][]float64
	mean, chance := make([]float64, len(p.hits)), make([]float64, len(p.hits))
	for g, group := range p.groups {
		hits := make([]float64, len(p.hits))
		for i := range hits {
			hits[i] = p.hits[i] - group.hits[i]
		}
		without[g] = n.ratios(hits, p.gets-group.gets, p.held-group.held)
		for i, r := range without[g] {
			mean[i] += r / groupsOfSample
		}
	}
	for i := range chance {
		for g := range without {
			chance[i] += (without[g][i] - mean[i]) * (without[g][i] - mean[i])
		}
		chance[i] = math.Sqrt(chance[i] * (groupsOfSample - 1) / groupsOfSample)
	}
	return chance
}
