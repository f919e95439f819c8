package coordination

import (
	"strings"
	"testing"

	"github.com/cachegopher/cachegopher/internal/topology"
	"github.com/cachegopher/cachegopher/ring"
)

// TestGroupLost: a group without a primary gives no slots, unless it is said to be lost: then others own them at once.
func TestGroupLost(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	s := p.found()
	all, some := some(&s, "b", ring.Slots).Set(), some(&s, "b", 100)
	part := some.Set()
	rest := topology.RangesOf(func(slot int) bool { return all.Has(slot) && !part.Has(slot) })
	moves := []topology.Move{{From: "b", To: "a", Ranges: some}, {From: "b", To: "a", Ranges: rest}}
	refused := func(want string, lost ...string) {
		t.Helper()
		if err := p.a.c.Start(t.Context(), s.Version, moves, lost...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("lost are %v: %v, want %q", lost, err, want)
		}
	}
	refused(`the group "b" is not lost`, "b")
	p.b.kill()
	if _, err := p.client().Delete(t.Context(), keysOf("test").primary("b")); err != nil { // its lease would end later
		t.Fatal(err)
	}
	p.eventually("b has no primary", func() bool {
		p.a.c.mu.Lock()
		defer p.a.c.mu.Unlock()
		return p.a.c.view != nil && p.a.c.view.primaries["b"].ID == ""
	})
	refused(`the group "b", which would give slots, has no primary`)
	refused(`the group "b", which would give slots, has no primary`, "c")
	if a := p.a.c.Assignment(); a.version() != s.Version {
		t.Fatalf("version %d, was %d", a.version(), s.Version)
	}
	if err := p.a.c.Start(t.Context(), s.Version, moves, "b"); err != nil {
		t.Fatal(err)
	}
	a := p.inEtcd(p.client())
	if !a.Slots.OwnedBy("a", topology.SlotRanges{{First: 0, Last: ring.Slots - 1}}) || len(a.Moves) > 0 || len(a.Removing) != 2 || a.version() != s.Version+1 {
		t.Errorf("version %d; %d moves, %d to be removed", a.version(), len(a.Moves), len(a.Removing))
	}
	p.eventually("a answers for all slots", func() bool { return p.owned(p.a, "a") == ring.Slots })
}

// TestLostWithLeftovers: slots are not given to a group that still removes entries of them, which would be taken for its own.
func TestLostWithLeftovers(t *testing.T) {
	owners := make([]string, ring.Slots)
	for i := range owners {
		owners[i] = "b"
	}
	ranges := topology.SlotRanges{{First: 5, Last: 9}}
	a := Assignment{Slots: topology.NewSlots(1, owners), Moves: []topology.Move{{From: "b", To: "a", Ranges: ranges}, {From: "c", To: "a"}}}
	again := a
	again.Removing = []topology.Move{{From: "a", To: "b", Ranges: ranges}}
	if err := again.abandon([]string{"b"}); err != errLeftovers || len(again.Moves) != 2 {
		t.Errorf("%v; %v", err, again.Moves)
	}
	if err := a.abandon([]string{"b"}); err != nil || len(a.Moves) != 1 || len(a.Removing) != 1 || !a.Slots.OwnedBy("a", ranges) {
		t.Errorf("%v; %v, %v", err, a.Moves, a.Removing)
	}
}

// TestLeftovers: what moves that are given up leave is removed at once for each pair of groups.
func TestLeftovers(t *testing.T) {
	of := func(from, to string, slots ...uint16) topology.Move {
		m := topology.Move{ID: from + to, From: from, To: to}
		for _, s := range slots {
			m.Ranges = append(m.Ranges, topology.SlotRange{First: s, Last: s})
		}
		return m
	}
	got := leftovers([]topology.Move{of("a", "b", 1, 5), of("a", "c", 2), of("a", "b", 3)})
	if len(got) != 2 || got[0].From != "b" || got[0].To != "a" || got[0].Ranges.Count() != 3 || got[1].From != "c" || got[1].Ranges.Count() != 1 {
		t.Errorf("%+v", got)
	}
}
