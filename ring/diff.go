package ring

import (
	"cmp"
	"slices"
)

// Move counts the slots that move from one group to another.
type Move struct {
	From, To string // group ids
	Slots    int    // 1 to ring.Slots
}

// Plan lists the slots that move when one ring replaces another.
type Plan struct {
	// Moves lists every pair of groups between which slots move, the largest
	// first, then by ids.
	Moves []Move
	// Slots is the sum of the Slots of all Moves.
	Slots int
}

// Share returns the part of all keys that moves, 0 to 1.
func (p Plan) Share() float64 { return float64(p.Slots) / Slots }

// Diff returns the slots that move when the ring to replaces the ring from. It matches
// groups by id.
func Diff(from, to *Ring) Plan {
	type pair struct{ from, to uint16 }
	counts := make(map[pair]int)
	for slot, f := range from.table {
		t := to.table[slot]
		if from.groups[f].ID != to.groups[t].ID {
			counts[pair{f, t}]++
		}
	}
	var p Plan
	for k, n := range counts {
		p.Slots += n
		p.Moves = append(p.Moves, Move{from.groups[k.from].ID, to.groups[k.to].ID, n})
	}
	slices.SortFunc(p.Moves, func(a, b Move) int {
		return cmp.Or(cmp.Compare(b.Slots, a.Slots), cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To))
	})
	return p
}
