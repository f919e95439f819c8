package topology

import (
	"fmt"
	"reflect"
	"slices"
	"testing"
)

// ringed returns a topology of groups a, b, ... with these weights, in which the ring's assignment for the first stored of them
// is stored.
func ringed(t *testing.T, stored int, weights ...int64) *Topology {
	t.Helper()
	top := &Topology{}
	for i, w := range weights {
		top.Groups = append(top.Groups, Group{Name: fmt.Sprintf("%c%d", 'a'+i%26, i/26), Weight: w})
	}
	owners, err := new(Ownership).Of(&Topology{Groups: top.Groups[:stored]})
	if err != nil {
		t.Fatal(err)
	}
	names := make([]string, len(owners))
	for slot, at := range owners {
		names[slot] = top.Groups[at].Name
	}
	top.Slots = NewSlots(1, names)
	return top
}

// counted returns how many slots each group has after the moves, and checks that nobody gives what it does not own.
func counted(t *testing.T, top *Topology, moves []Move) map[string]int {
	t.Helper()
	owners := top.Slots.ByName()
	for i, m := range moves {
		if err := m.Ranges.check(); err != nil {
			t.Fatalf("move %d: %v", i, err)
		}
		for slot := range m.Ranges.All() {
			if owners[slot] != m.From {
				t.Fatalf("move %d is from %s, and its slot %d belongs to %s", i, m.From, slot, owners[slot])
			}
			owners[slot] = m.To
		}
	}
	n := map[string]int{}
	for _, owner := range owners {
		n[owner]++
	}
	return n
}

func TestPlan(t *testing.T) {
	for _, c := range []struct {
		what    string
		stored  int
		weights []int64
		without []string
		moves   int // slots
		after   map[string]int
	}{
		{"nothing to do", 3, []int64{1, 1, 1}, nil, 0, map[string]int{"a0": 5462, "b0": 5461, "c0": 5461}},
		{"a third group", 2, []int64{1, 1, 1}, nil, 5461, map[string]int{"a0": 5462, "b0": 5461, "c0": 5461}},
		{"a heavy group", 1, []int64{1, 3}, nil, 12288, map[string]int{"a0": 4096, "b0": 12288}},
		{"a group leaves", 3, []int64{1, 1, 1}, []string{"b0"}, 5461, map[string]int{"a0": 8192, "c0": 8192}},
		{"one comes, one leaves", 2, []int64{0, 1, 1}, []string{"a0"}, 8192, map[string]int{"b0": 8192, "c0": 8192}},
	} {
		top := ringed(t, c.stored, c.weights...)
		moves, err := Plan(top, c.without...)
		if err != nil {
			t.Fatalf("%s: %v", c.what, err)
		}
		n := 0
		for _, m := range moves {
			n += m.Ranges.Count()
		}
		if after := counted(t, top, moves); n != c.moves || !reflect.DeepEqual(after, c.after) {
			t.Errorf("%s: %d slots move, want %d; then %v, want %v", c.what, n, c.moves, after, c.after)
		}
	}
	top := ringed(t, 2, 1, 1)
	for _, without := range [][]string{{"a0", "b0"}, {"z"}} {
		if moves, err := Plan(top, without...); err == nil {
			t.Errorf("without %s: %v", without, moves)
		}
	}
}

// TestPlanOfRanges: whole ranges move, and one is cut at most.
func TestPlanOfRanges(t *testing.T) {
	top := ringed(t, 1, 1, 1)
	moves, err := Plan(top)
	if err != nil || len(moves) != 4 { // half of the slots, an eighth at a time
		t.Fatalf("%d moves, %v", len(moves), err)
	}
	for _, m := range moves {
		if len(m.Ranges) != 1 {
			t.Errorf("a move from one range has %v", m.Ranges)
		}
	}
	g := newGiver("a", SlotRanges{{0, 4}, {10, 19}, {30, 30}, {40, 43}}, 20)
	for _, take := range []struct {
		n    int
		want SlotRanges
	}{{11, SlotRanges{{10, 19}, {30, 30}}}, {2, SlotRanges{{40, 41}}}, {7, SlotRanges{{0, 4}, {42, 43}}}} {
		if got := g.take(take.n); !slices.Equal(got, take.want) {
			t.Errorf("%d slots: %v, want %v", take.n, got, take.want)
		}
	}
}
