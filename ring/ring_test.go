package ring

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// numbered returns n groups of equal weight.
func numbered(n int) []Group {
	gs := make([]Group, n)
	for i := range gs {
		gs[i] = Group{ID: fmt.Sprintf("group_%d", i)}
	}
	return gs
}

func mustNew(t testing.TB, gs []Group) *Ring {
	t.Helper()
	r, err := New(gs)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestNewRefuses(t *testing.T) {
	many := make([]Group, MaxGroups+1)
	for i := range many {
		many[i].ID = fmt.Sprint(i)
	}
	for name, c := range map[string]struct {
		groups []Group
		want   string
	}{
		"none":      {nil, "no groups"},
		"empty id":  {[]Group{{ID: "a"}, {ID: ""}}, "empty id"},
		"twice":     {[]Group{{ID: "a"}, {ID: "b"}, {ID: "a"}}, `two groups have the id "a"`},
		"negative":  {[]Group{{ID: "a", Weight: -1}}, "weight -1"},
		"too heavy": {[]Group{{ID: "a", Weight: MaxWeight + 1}}, "weight 1048577"},
		"too many":  {many, "65536 groups"},
	} {
		_, err := New(c.groups)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got error %v, want one with %q", name, err, c.want)
		}
		if name == "none" && !errors.Is(err, ErrNoGroups) {
			t.Errorf("none: %v is not ErrNoGroups", err)
		}
	}
}

func TestNewLeavesItsInputAlone(t *testing.T) {
	in := []Group{{ID: "b"}, {ID: "a"}}
	r := mustNew(t, in)
	if in[0].ID != "b" || in[0].Weight != 0 {
		t.Errorf("New changed its argument: %v", in)
	}
	if got := r.Group(0); got != (Group{"a", 1}) {
		t.Errorf("Group(0) = %v, want a with weight 1", got)
	}
	if i, ok := r.Index("b"); !ok || i != 1 {
		t.Errorf("Index(b) = %d, %v", i, ok)
	}
	if _, ok := r.Index("c"); ok {
		t.Error("Index(c) found a group that is not there")
	}
}

// genGroups draws up to 40 groups with a few distinct weights.
func genGroups(t *rapid.T) []Group {
	ids := rapid.SliceOfNDistinct(rapid.StringN(1, 12, 40), 2, 40, rapid.ID[string]).Draw(t, "ids")
	gs := make([]Group, len(ids))
	for i, id := range ids {
		gs[i] = Group{id, rapid.SampledFrom([]int{0, 1, 1, 2, 3, 10}).Draw(t, "weight")}
	}
	return gs
}

func TestOrderDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		gs := genGroups(t)
		a, err := New(gs)
		if err != nil {
			t.Fatal(err)
		}
		b, err := New(rapid.Permutation(gs).Draw(t, "permuted"))
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(a.table, b.table) || !slices.Equal(a.groups, b.groups) {
			t.Fatal("another order gave another ring")
		}
	})
}

// For all groups and weights, removing a group moves its slots and no others.
// Read backwards, the same holds for adding one.
func TestOnlyTheShareOfTheChangedGroupMoves(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		gs := genGroups(t)
		all, err := New(gs)
		if err != nil {
			t.Fatal(err)
		}
		gone := rapid.IntRange(0, len(gs)-1).Draw(t, "gone")
		less, err := New(slices.Delete(slices.Clone(gs), gone, gone+1))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range Diff(all, less).Moves {
			if m.From != gs[gone].ID {
				t.Fatalf("removing %q moved %d slots from %q to %q", gs[gone].ID, m.Slots, m.From, m.To)
			}
		}
		for _, m := range Diff(less, all).Moves {
			if m.To != gs[gone].ID {
				t.Fatalf("adding %q moved %d slots from %q to %q", gs[gone].ID, m.Slots, m.From, m.To)
			}
		}
		i, _ := all.Index(gs[gone].ID)
		if moved, held := Diff(all, less).Slots, all.Counts()[i]; moved != held {
			t.Fatalf("%d slots moved, the group held %d", moved, held)
		}
	})
}

func TestAddingMovesOnlyItsShare(t *testing.T) {
	for _, n := range []int{1, 2, 5, 10, 50} {
		moved := Diff(mustNew(t, numbered(n)), mustNew(t, numbered(n+1))).Share()
		if fair := 1 / float64(n+1); moved > fair*1.05 {
			t.Errorf("from %d to %d groups %.4f of the keys move, fair is %.4f", n, n+1, moved, fair)
		}
	}
}

func TestBalance(t *testing.T) {
	for n, limit := range map[int]float64{2: 1.01, 10: 1.03, 100: 1.12, 1000: 1.6} {
		counts := mustNew(t, numbered(n)).Counts()
		if got := float64(slices.Max(counts)) * float64(n) / Slots; got > limit {
			t.Errorf("%d groups: the fullest holds %.3f of the mean, limit %.2f", n, got, limit)
		} else {
			t.Logf("%d groups: max/mean %.3f", n, got)
		}
	}
}

func TestWeightsAreShares(t *testing.T) {
	gs := []Group{{"a", 1}, {"b", 2}, {"c", 3}, {"d", 10}, {"e", 10}, {"f", 1000}}
	total := 0
	for _, g := range gs {
		total += g.Weight
	}
	counts := mustNew(t, gs).Counts()
	for i, g := range gs {
		want := float64(g.Weight) * Slots / float64(total)
		// Four standard deviations of a binomial, plus one slot.
		if diff := float64(counts[i]) - want; diff*diff > 16*want+1 {
			t.Errorf("group %s of weight %d holds %d slots, want about %.0f", g.ID, g.Weight, counts[i], want)
		}
	}
}

func TestRaisingAWeightOnlyAddsToThatGroup(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		gs := genGroups(t)
		before, err := New(gs)
		if err != nil {
			t.Fatal(err)
		}
		i := rapid.IntRange(0, len(gs)-1).Draw(t, "raised")
		raised := slices.Clone(gs)
		raised[i].Weight = max(raised[i].Weight, 1) * rapid.IntRange(2, 7).Draw(t, "times")
		after, err := New(raised)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range Diff(before, after).Moves {
			if m.To != gs[i].ID {
				t.Fatalf("raising %q moved slots from %q to %q", gs[i].ID, m.From, m.To)
			}
		}
	})
}

func TestOwners(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		gs := genGroups(t)
		r, err := New(gs)
		if err != nil {
			t.Fatal(err)
		}
		key := rapid.String().Draw(t, "key")
		n := rapid.IntRange(-1, len(gs)+2).Draw(t, "n")
		got := r.Owners(key, n)
		if want := min(max(n, 0), len(gs)); len(got) != want {
			t.Fatalf("%d owners, want %d", len(got), want)
		}
		seen := map[int]bool{}
		for _, o := range got {
			if seen[o] {
				t.Fatalf("group %d owns %q twice: %v", o, key, got)
			}
			seen[o] = true
		}
		if len(got) < 2 {
			return
		}
		if got[0] != r.Locate(key) {
			t.Fatalf("first owner %d, Locate says %d", got[0], r.Locate(key))
		}
		// The second owner gets the key when the first leaves.
		rest := slices.DeleteFunc(slices.Clone(gs), func(g Group) bool { return g.ID == r.Group(got[0]).ID })
		less, err := New(rest)
		if err != nil {
			t.Fatal(err)
		}
		if a, b := less.Group(less.Locate(key)).ID, r.Group(got[1]).ID; a != b {
			t.Fatalf("without the first owner the key goes to %q, second owner is %q", a, b)
		}
	})
}

func TestLocatesAgree(t *testing.T) {
	r := mustNew(t, numbered(7))
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 1000 {
		b := make([]byte, rnd.IntN(40))
		for i := range b {
			b[i] = byte(rnd.Uint32())
		}
		key := string(b)
		want := r.Locate(key)
		if got := r.LocateBytes(b); got != want {
			t.Fatalf("LocateBytes(%q) = %d, Locate = %d", b, got, want)
		}
		if got := r.LocateHash(HashBytes(b)); got != want {
			t.Fatalf("LocateHash(%q) = %d, Locate = %d", b, got, want)
		}
		if got := r.LocateSlot(SlotOf(Hash(key))); got != want {
			t.Fatalf("LocateSlot(%q) = %d, Locate = %d", b, got, want)
		}
	}
	key := []byte("user:42")
	if n := testing.AllocsPerRun(100, func() { r.LocateBytes(key) }); n != 0 {
		t.Errorf("LocateBytes allocates %v times", n)
	}
}

func TestDiff(t *testing.T) {
	a := mustNew(t, []Group{{ID: "x"}, {ID: "y"}})
	if p := Diff(a, a); p.Slots != 0 || p.Share() != 0 || len(p.Moves) != 0 {
		t.Errorf("a ring differs from itself: %+v", p)
	}
	b := mustNew(t, []Group{{ID: "x"}, {ID: "z"}})
	p := Diff(a, b)
	sum := 0
	for i, m := range p.Moves {
		sum += m.Slots
		if i > 0 && p.Moves[i-1].Slots < m.Slots {
			t.Errorf("moves are not sorted: %v", p.Moves)
		}
	}
	if sum != p.Slots || p.Share() < 0.5 || p.Share() > 0.8 {
		t.Errorf("plan %+v: sum of moves %d", p, sum)
	}
}

// The table is filled with shortcuts; Owners compares all groups. Both must
// give the same winner for every slot.
func TestTableAgreesWithFullComparison(t *testing.T) {
	gs := numbered(60)
	for i := range gs {
		gs[i].Weight = 1 + i*i*i/7
	}
	r := mustNew(t, gs)
	for slot, got := range r.table {
		win := contender{mix(slot, r.seeds[0]), 0}
		for g := 1; g < len(gs); g++ {
			if c := (contender{mix(slot, r.seeds[g]), g}); c.beats(win, r.groups) {
				win = c
			}
		}
		if int(got) != win.group {
			t.Fatalf("slot %d belongs to group %d, the table says %d", slot, win.group, got)
		}
	}
}
