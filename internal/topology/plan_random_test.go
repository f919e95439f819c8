package topology

import (
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/cachegopher/cachegopher/ring"
)

// TestPlanAtRandom checks that plans of random topologies give each group exactly its share, with the fewest moved slots, in
// moves of bounded size, and are the same for each order of the groups.
func TestPlanAtRandom(t *testing.T) {
	seed := rand.Uint64()
	for trial := range uint64(25) {
		r := rand.New(rand.NewPCG(seed, trial))
		fail := func(format string, args ...any) {
			t.Helper()
			t.Fatalf("seed %d, trial %d: %s", seed, trial, fmt.Sprintf(format, args...))
		}
		top, without := randomTopology(r)
		moves, err := Plan(top, without...)
		if err != nil {
			fail("%v", err)
		}
		before, after, moved := counted(t, top, nil), counted(t, top, moves), 0
		for i := range moves {
			n := moves[i].Ranges.Count()
			if moved += n; n > max(before[moves[i].From]/chunks, 1) {
				fail("a move has %d of the %d slots of %s", n, before[moves[i].From], moves[i].From)
			}
		}
		least, shares := 0, sharesOf(top, without)
		for _, g := range top.Groups {
			want := shares[g.Name]
			if after[g.Name] != want {
				fail("%s has %d slots, want %d", g.Name, after[g.Name], want)
			}
			least += max(want-before[g.Name], 0)
		}
		if moved != least {
			fail("%d slots move, %d suffice", moved, least)
		}
		again := *top
		again.Groups = slices.Clone(top.Groups)
		r.Shuffle(len(again.Groups), func(i, j int) { again.Groups[i], again.Groups[j] = again.Groups[j], again.Groups[i] })
		if other, err := Plan(&again, without...); err != nil || !reflect.DeepEqual(other, moves) {
			fail("another order of the groups gives other moves, %v", err)
		}
	}
}

// randomTopology returns a topology of up to 40 groups, and those that shall own no slots.
func randomTopology(r *rand.Rand) (top *Topology, without []string) {
	top = &Topology{}
	owners := make([]string, ring.Slots)
	for i := range 1 + r.IntN(40) {
		g := Group{Name: fmt.Sprintf("g%d", i), Weight: int64(r.IntN(1 + r.IntN(1000)))}
		top.Groups = append(top.Groups, g)
		if i > 0 && r.IntN(4) == 0 {
			without = append(without, g.Name)
		}
	}
	length := 1 + r.IntN(300)
	owner := ""
	for slot := range owners {
		if slot == 0 || r.IntN(length) == 0 {
			owner = top.Groups[r.IntN(len(top.Groups))].Name
		}
		owners[slot] = owner
	}
	top.Slots = NewSlots(uint64(r.IntN(10)), owners)
	return top, without
}

// sharesOf returns how many slots each group is to have: its share by weight, rounded down, and one more for the largest remainders.
func sharesOf(top *Topology, without []string) map[string]int {
	var total int64
	for _, g := range top.Groups {
		if !slices.Contains(without, g.Name) {
			total += max(g.Weight, 1)
		}
	}
	left, shares, rests := ring.Slots, map[string]int{}, map[string]int64{}
	for _, g := range top.Groups {
		if !slices.Contains(without, g.Name) {
			share := max(g.Weight, 1) * ring.Slots
			shares[g.Name], rests[g.Name] = int(share/total), share%total
			left -= int(share / total)
		}
	}
	for _, name := range slices.SortedFunc(maps.Keys(rests), func(a, b string) int {
		return cmp.Or(cmp.Compare(rests[b], rests[a]), cmp.Compare(a, b))
	})[:left] {
		shares[name]++
	}
	return shares
}
