package shadow

import (
	"math"
	"slices"
)

// A prediction that is wrong is worse than none. Three things are looked at before one is given: how far the simulation of today's
// memory is from the cache itself; how far chance may have led, by what each part of the sample alone would change and by how many keys
// are in it; and how many misses may be of keys that a simulation was not shown, and that a cache of its size would have had.

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
	// coldReads is how many reads in a row show that the simulation of today's memory has what the cache has: no more than these
	// shares of them are answered in other ways.
	coldReads = 1000
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
// today's memory is about full, or answers as the cache does, does not count in the end.
func (c *Curve) Miss() {
	if c.lost == nil {
		c.lost = make([]float64, len(c.bank.sims))
	}
	if !c.cold && !c.caught && !c.today().aboutFull() {
		c.cold, c.behind, c.ahead, c.coldReads = true, 0, 0, 0
		c.forget()
		c.stale = true
	}
}

// KeepsAll says of the keys of no part, and of those of each part, whether the cache has kept all that it was given since it was last
// empty, but for what Evicted was told of: what neither it nor a simulation with room has, would not be in a larger cache either. Without
// a call since SetParts, it has not.
func (c *Curve) KeepsAll(of []bool) { c.keeps = of }

// getCold is Get where misses may be of keys that were not shown.
func (c *Curve) getCold(hash uint64, size uint32, held bool, number int) {
	before, gets := [16]float64{}, c.bank.gets
	for i, n := range c.bank.counts {
		before[i] = n.Hits
	}
	c.bank.get(hash, size, held, number)
	if c.bank.gets != gets+1 {
		return
	}
	c.countLate()
	for i, n := range c.bank.counts {
		if n.Hits == before[i] && c.mayLack(i, held, c.bank.known(number)) {
			c.lost[i]++
		}
	}
	if c.cold && c.caughtUp(held, c.bank.counts[c.atToday()].Hits > before[c.atToday()]) {
		c.cold, c.caught = false, true
		c.forget()
		c.stale = true
	}
}

// mayLack says whether the simulation of this number may have missed a key of a part only because it was not shown: there is room for it,
// and the cache has it, or a larger one might have it.
func (c *Curve) mayLack(i int, held bool, number int) bool {
	s, kept := c.bank.sims[i], c.keeps != nil && c.keeps[1+number]
	return (held || !kept && c.bank.times[i] > 1) && !s.aboutFull() && !s.apart.atCeiling(1+number)
}

// caughtUp says, after a read that the cache answered or not (held), and the simulation of today's memory (hit), whether that has what
// the cache has: it has answered a number of reads as the cache did, or is about full and has answered as many of them. What
// LFU keeps is not what the cache keeps as soon as it is full. It need never be full: neither need the cache.
func (c *Curve) caughtUp(held, hit bool) bool {
	c.coldReads++
	switch {
	case held && !hit:
		c.behind++
	case hit && !held:
		c.ahead++
	}
	if c.coldReads < coldReads {
		return false
	}
	done := c.behind <= mostLost*coldReads && c.ahead <= mostOff*coldReads
	if c.today().aboutFull() {
		done = math.Abs(c.behind-c.ahead) <= mostOff*coldReads
	}
	c.behind, c.ahead, c.coldReads = 0, 0, 0
	return done
}

// today is the simulation of today's memory.
func (c *Curve) today() *simulation[uint16] { return c.bank.sims[c.atToday()] }

func (c *Curve) atToday() int { return slices.Index(c.bank.times, 1) }

// aboutFull reports whether next to no room is left.
func (s *simulation[N]) aboutFull() bool { return s.held() >= s.capacity-s.capacity/16 }

// Doubt is why a prediction is not given.
type Doubt uint8

const (
	Certain   Doubt = iota // it is given: it should be within about a point of what a cache of that size would do
	FewReads               // the sample has too few
	Unlike                 // the simulation of today's memory does not answer as the cache does
	Unseen                 // a cache of that size may have more of what was read than the simulation was shown
	Chance                 // too few keys are in the sample, for as many reads as each has
	Unsettled              // the simulation began beside a cache that was there before, and LFU has not yet found what to keep
)

// Doubts are those of each of the Ratios.
func (c *Curve) Doubts() []Doubt {
	gets := c.bank.gets
	all := c.doubts(&c.all, &part{gets, c.bank.held, c.hits(), c.bank.groups})
	for i := range all {
		switch {
		case all[i] != Certain && all[i] != Chance:
		case c.lost != nil && c.lost[i] > mostLost*gets:
			all[i] = Unseen
		case c.unsettled(i):
			all[i] = Unsettled
		}
	}
	return all
}

// PartDoubts are those of the PartRatios of a part: its own, and the ones of the whole.
func (c *Curve) PartDoubts(number int) []Doubt {
	all, whole := c.doubts(&c.parts[number], &c.bank.parts[number]), c.Doubts()
	for i := range all {
		if all[i] == Certain {
			all[i] = whole[i]
		}
	}
	return all
}

// doubts are those of each simulation's prediction for the keys of which the sample had p, and the cache n, apart from what is Unseen.
func (c *Curve) doubts(n *reads, p *part) []Doubt {
	all := make([]Doubt, len(p.hits))
	ratios := n.ratios(p.hits, p.gets, p.held)
	ofMemory := c.chanceOfMemory(ratios)
	left := 1 - min(p.gets/max(n.reads, 1), 1)
	for i, ofReads := range n.chance(p) {
		switch {
		case p.gets < leastTrusted:
			all[i] = FewReads
		case math.Abs(ratios[c.atToday()]-n.ratio()) > mostOff:
			all[i] = Unlike
		case math.Hypot(ofReads*math.Sqrt(left), ofMemory[i]) > mostChance:
			all[i] = Chance
		}
	}
	return all
}

// chanceOfMemory is the standard error of each of these ratios since a sample of as many keys as a simulation holds may be of more of
// the cache's keys or of fewer: the simulation is one of a cache that much smaller or larger, and the hit ratio is another one
// where the curve is steep.
func (c *Curve) chanceOfMemory(ratios []float64) (chance []float64) {
	slopes := make([]float64, len(ratios)+1) // before each of the ratios, and after the last, by the logarithm of the memory
	for i := 1; i < len(ratios); i++ {
		slopes[i] = math.Abs(ratios[i]-ratios[i-1]) / math.Log(c.bank.times[i]/c.bank.times[i-1])
	}
	left, even := 1-c.bank.Rate(), c.bank.keys.evenness()
	for i, s := range c.bank.sims {
		off := math.Sqrt(left / max(even*float64(s.entries()), 1))
		chance = append(chance, off*max(slopes[i], slopes[i+1]))
	}
	return chance
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
