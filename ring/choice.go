package ring

import (
	"math/bits"
	"slices"
)

// Between groups of equal weight the larger hash has the smaller score, and no logarithm is needed. So a slot's first
// choice is found by weight classes: first the best group of each class by hash, then the best of the classes by score.

// class holds the groups of one weight.
type class struct {
	weight int
	seeds  []uint64
	groups []int
}

func classes(groups []Group, seeds []uint64) []class {
	byWeight := make(map[int]*class)
	for i, g := range groups {
		c := byWeight[g.Weight]
		if c == nil {
			c = &class{weight: g.Weight}
			byWeight[g.Weight] = c
		}
		c.seeds = append(c.seeds, seeds[i])
		c.groups = append(c.groups, i)
	}
	all := make([]class, 0, len(byWeight))
	for _, c := range byWeight {
		all = append(all, *c)
	}
	// Any order gives the same winners; with the heaviest first they are found soonest.
	slices.SortFunc(all, func(a, b class) int { return b.weight - a.weight })
	return all
}

// best returns the class's contender for a slot.
func (c *class) best(slot int) contender {
	top, at := mix(slot, c.seeds[0]), 0
	for i, seed := range c.seeds[1:] {
		// Strictly greater: among equal hashes the first one, with the smallest id, wins.
		if h := mix(slot, seed); h > top {
			top, at = h, i+1
		}
	}
	return contender{top, c.groups[at]}
}

// hopeless reports, without a logarithm, that a group of the given weight and
// hash cannot beat a winner of winCost and winWeight. It may return false for
// such a group: it only saves time if many groups have different weights.
func hopeless(hash uint64, weight int, winCost uint64, winWeight int) bool {
	// -log2(u) >= 1.44*(1-u), and 0.44*(1-u) is more than the rounding of cost
	// for all but the very smallest costs.
	least := ^hash >> (64 - fracBits)
	if least < 64 {
		return false
	}
	hi, lo := bits.Mul64(least, uint64(winWeight))
	winHi, winLo := bits.Mul64(winCost, uint64(weight))
	return hi > winHi || hi == winHi && lo > winLo
}

// firstChoice returns the contender of the smallest score for a slot.
func firstChoice(slot int, groups []Group, all []class) contender {
	win, winWeight := all[0].best(slot), all[0].weight
	if len(all) == 1 {
		return win
	}
	winCost := cost(win.hash)
	for i := range all[1:] {
		cl := &all[i+1]
		c := cl.best(slot)
		if !hopeless(c.hash, cl.weight, winCost, winWeight) && c.beats(win, groups) {
			win, winWeight, winCost = c, cl.weight, cost(c.hash)
		}
	}
	return win
}

// nextChoice returns the contender for a slot that comes directly after last, which must exist.
func nextChoice(slot int, last contender, groups []Group, seeds []uint64) contender {
	next, nextWeight, nextCost := contender{}, 0, uint64(0) // weight 0: none yet
	for g, seed := range seeds {
		c, weight := contender{mix(slot, seed), g}, groups[g].Weight
		switch {
		case nextWeight == 0:
		case weight == nextWeight && c.hash < next.hash:
			continue
		case weight != nextWeight && hopeless(c.hash, weight, nextCost, nextWeight):
			continue
		}
		if last.beats(c, groups) && (nextWeight == 0 || c.beats(next, groups)) {
			next, nextWeight, nextCost = c, weight, cost(c.hash)
		}
	}
	return next
}
