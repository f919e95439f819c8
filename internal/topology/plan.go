package topology

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/cachegopher/cachegopher/ring"
)

// chunks is how many moves a group needs at least to give all its slots away. A move holds its giver's writes while its slots
// are handed over, and what it has copied is copied again if it fails, so none is large.
const chunks = 8

// Plan returns the moves after which each group has the number of slots that its weight says, and the groups called without
// have none. As few slots as possible move. A move has at most an eighth of the slots that its giver has now, at least one, and
// whole ranges where they fit. The same topology gives the same moves, ordered by their givers; they have no ids yet. The moves
// of t count as not begun.
func Plan(t *Topology, without ...string) ([]Move, error) {
	owners, err := new(Ownership).Of(t)
	if err != nil {
		return nil, err
	}
	due, err := t.due(without)
	if err != nil {
		return nil, err
	}
	var givers []giver
	var takers []taker
	for i, g := range t.Groups {
		ranges := RangesOf(func(slot int) bool { return int(owners[slot]) == i })
		switch has := ranges.Count(); {
		case has > due[g.Name]:
			givers = append(givers, newGiver(g.Name, ranges, has-due[g.Name]))
		case has < due[g.Name]:
			takers = append(takers, taker{g.Name, due[g.Name] - has})
		}
	}
	slices.SortFunc(givers, func(a, b giver) int { return strings.Compare(a.name, b.name) })
	slices.SortFunc(takers, func(a, b taker) int { return strings.Compare(a.name, b.name) })
	return pair(givers, takers), nil
}

// due returns how many slots each group is to have, by its name.
func (t *Topology) due(without []string) (map[string]int, error) {
	for _, name := range without {
		if !slices.ContainsFunc(t.Groups, func(g Group) bool { return g.Name == name }) {
			return nil, fmt.Errorf("topology: no slots can be taken from %q, which is not a group", name)
		}
	}
	var shares []ring.Group
	for _, g := range t.Groups {
		if !slices.Contains(without, g.Name) {
			shares = append(shares, ring.Group{ID: g.Name, Weight: int(g.Weight)})
		}
	}
	return ring.Shares(shares)
}

// taker is a group that lacks slots.
type taker struct {
	name  string
	lacks int
}

// giver is a group that has too many slots.
type giver struct {
	name   string
	excess int
	most   int         // slots in a move
	ranges []SlotRange // that it still has, the longest first
}

func newGiver(name string, ranges SlotRanges, excess int) giver {
	g := giver{name: name, excess: excess, most: max(ranges.Count()/chunks, 1), ranges: ranges}
	slices.SortStableFunc(g.ranges, func(a, b SlotRange) int { return cmp.Compare(b.Last-b.First, a.Last-a.First) })
	return g
}

// pair makes the moves from givers to takers. The givers have as many slots too many as the takers lack.
func pair(givers []giver, takers []taker) (moves []Move) {
	for i := range givers {
		for g := &givers[i]; g.excess > 0; {
			to := &takers[0]
			n := min(g.excess, g.most, to.lacks)
			moves = append(moves, Move{From: g.name, To: to.name, Ranges: g.take(n)})
			g.excess -= n
			if to.lacks -= n; to.lacks == 0 {
				takers = takers[1:]
			}
		}
	}
	return moves
}

// take takes n slots from the giver: the longest ranges that fit, and the rest from the beginning of the shortest that does not.
func (g *giver) take(n int) SlotRanges {
	var taken ring.SlotSet
	left := g.ranges[:0]
	for _, r := range g.ranges {
		if size := int(r.Last-r.First) + 1; size <= n {
			taken.Add(int(r.First), int(r.Last))
			n -= size
		} else {
			left = append(left, r)
		}
	}
	if n > 0 {
		last := &left[len(left)-1]
		taken.Add(int(last.First), int(last.First)+n-1)
		last.First += uint16(n)
	}
	g.ranges = left
	return RangesOf(taken.Has)
}
