package ring

import (
	"math/bits"
	"slices"
)

// Rendezvous: every (slot, group) pair has a hash h, read as u = h/2^64 in
// (0,1), and the group with the smallest -log(u)/weight gets the slot. That is
// a race of exponential clocks: each group wins in proportion to its weight,
// and removing a group does not change the order of the others.
//
// Between groups of equal weight the largest h wins, and no logarithm is needed. So the
// table is filled by weight classes: first the best group of each class by h, then the
// best of the classes by score.

// mix returns the hash of a slot and a group's seed.
func mix(slot int, seed uint64) uint64 {
	// The slot is spread over 64 bits first, so that two groups whose seeds
	// differ in few bits do not get related slots. The rest is the finalizer
	// of MurmurHash3, a bijection with full avalanche.
	h := (uint64(slot)+1)*0x9e3779b97f4a7c15 ^ seed
	h ^= h >> 33
	h *= 0xff51afd7ed558ccd
	h ^= h >> 33
	h *= 0xc4ceb9fe1a85ec53
	h ^= h >> 33
	return h
}

// contender is a group and its hash for one slot.
type contender struct {
	hash  uint64
	group int
}

// beats reports whether a gets the slot rather than b. It is a strict total
// order by score, then hash, then id (indexes are in the order of ids).
func (a contender) beats(b contender, groups []Group) bool {
	wa, wb := groups[a.group].Weight, groups[b.group].Weight
	if wa != wb {
		// a.cost/wa < b.cost/wb without a division, in 128 bits.
		ahi, alo := bits.Mul64(cost(a.hash), uint64(wb))
		bhi, blo := bits.Mul64(cost(b.hash), uint64(wa))
		if ahi != bhi {
			return ahi < bhi
		}
		if alo != blo {
			return alo < blo
		}
	}
	if a.hash != b.hash {
		return a.hash > b.hash
	}
	return a.group < b.group
}

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

func fill(groups []Group, seeds []uint64) []uint16 {
	all := classes(groups, seeds)
	table := make([]uint16, Slots)
	for slot := range table {
		win, winWeight := all[0].best(slot), all[0].weight
		if len(all) > 1 {
			winCost := cost(win.hash)
			for i := range all[1:] {
				cl := &all[i+1]
				c := cl.best(slot)
				if !hopeless(c.hash, cl.weight, winCost, winWeight) && c.beats(win, groups) {
					win, winWeight, winCost = c, cl.weight, cost(c.hash)
				}
			}
		}
		table[slot] = uint16(win.group)
	}
	return table
}

// Owners returns the indexes of the first n groups for key in order of
// preference, or of all groups if there are fewer. The first is Locate(key); when
// it leaves the ring, the second takes its place. Owners sorts all groups: use it
// for planning and for placing copies, not for every request.
func (r *Ring) Owners(key string, n int) []int {
	n = min(max(n, 0), len(r.groups))
	slot := SlotOf(Hash(key))
	all := make([]contender, len(r.groups))
	for i := range all {
		all[i] = contender{mix(slot, r.seeds[i]), i}
	}
	slices.SortFunc(all, func(a, b contender) int {
		if a.beats(b, r.groups) {
			return -1
		}
		return 1
	})
	owners := make([]int, n)
	for i := range owners {
		owners[i] = all[i].group
	}
	return owners
}
