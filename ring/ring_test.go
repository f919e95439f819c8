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
		"too many":  {many, "16385 groups"},
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
		if got := r.LocateSlot(Slot(key)); got != want {
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
