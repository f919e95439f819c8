package coordination

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/cachegopher/cachegopher/internal/topology"
	"github.com/cachegopher/cachegopher/ring"
)

// TestFoundInUse: a primary with entries that were there before any assignment stores the ring's, by which they were placed.
func TestFoundInUse(t *testing.T) {
	t.Parallel()
	p := newPairWith(t, nil, 1)
	s := p.found()
	owners, err := new(topology.Ownership).Of(&topology.Topology{Groups: []topology.Group{{Name: "a"}, {Name: "b"}}})
	if err != nil {
		t.Fatal(err)
	}
	for slot, owner := range s.ByName() {
		if want := []string{"a", "b"}[owners[slot]]; owner != want {
			t.Fatalf("slot %d belongs to %s, by the ring to %s", slot, owner, want)
		}
	}
}

// TestMoves: nothing is stored while there are no entries; then the contiguous assignment is that held before. Moves are started, committed, cancelled
// and removed, and all members see that.
func TestMoves(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	p := newPair(t)
	if a := p.a.c.Assignment(); a.Slots != nil {
		t.Fatal("an assignment without entries")
	}
	if err := p.a.c.Start(ctx, 0, nil); !errors.Is(err, errNoAssignment) {
		t.Errorf("a start without an assignment: %v", err)
	}
	half := ring.Slots / 2
	p.eventually("both have half of the slots by the topologies of both", func() bool { return p.owned(p.a, "a") == half && p.owned(p.b, "b") == half })
	s := p.found()
	if want := (topology.SlotRanges{{First: 0, Last: uint16(half - 1)}}); !slices.Equal(s.Owners[0].Ranges, want) {
		t.Errorf("a owns %v", s.Owners[0].Ranges)
	}
	had := p.owned(p.a, "a")
	if b := p.owned(p.a, "b"); had == 0 || had+b != ring.Slots {
		t.Fatalf("a has %d slots, b %d", had, b)
	}
	moves := []topology.Move{{From: "a", To: "b", Ranges: some(&s, "a", 100)}, {From: "b", To: "a", Ranges: some(&s, "b", 10)}}
	if err := p.b.c.Start(ctx, s.Version+1, moves); !errors.Is(err, ErrChanged) {
		t.Errorf("a start with another version: %v", err)
	}
	if err := p.b.c.Start(ctx, s.Version, []topology.Move{{From: "b", To: "a", Ranges: moves[0].Ranges}}); err == nil {
		t.Error("a group gives slots that it does not own")
	}
	if err := p.b.c.Start(ctx, s.Version, moves); err != nil {
		t.Fatal(err)
	}
	if err := p.b.c.Start(ctx, s.Version+1, moves); !errors.Is(err, errUnderWay) {
		t.Errorf("a second start: %v", err)
	}
	p.eventually("a knows of the moves", func() bool { return len(p.a.c.Assignment().Moves) == 2 })
	id := p.a.c.Assignment().Moves[0].ID
	to, led := p.a.c.Taker("b")
	if !led || to.ID != "b" || to.Addresses[0] != "b:1" {
		t.Fatalf("the taker is %+v", to)
	}
	if _, err := p.b.c.Commit(ctx, id, to); !errors.Is(err, errLeaders) {
		t.Errorf("a commit by a node that does not give: %v", err)
	}
	version, err := p.a.c.Commit(ctx, id, to)
	if err != nil || version <= s.Version {
		t.Fatalf("commit: version %d, %v", version, err)
	}
	p.eventually("both know the new owner", func() bool { return p.owned(p.a, "b") == p.owned(p.b, "b") && p.owned(p.b, "a") == had-100 })
	if _, err := p.a.c.Commit(ctx, id, to); !errors.Is(err, errNotListed) {
		t.Errorf("a second commit: %v", err)
	}
	if n, err := p.b.c.Cancel(ctx); n != 1 || err != nil {
		t.Errorf("cancelled %d, %v", n, err)
	}
	a := p.b.c.Assignment()
	if len(a.Moves) > 0 || len(a.Removing) != 2 || a.Removing[0].ID != id {
		t.Fatalf("after the cancellation: %+v, %+v", a.Moves, a.Removing)
	}
	if left := a.Removing[1]; left.From != "a" || left.To != "b" || !slices.Equal(left.Ranges, moves[1].Ranges) {
		t.Errorf("the taker removes %+v of the move that was given up", left)
	}
	if err := errors.Join(p.a.c.Removed(ctx, id), p.a.c.Removed(ctx, id), p.a.c.Removed(ctx, a.Removing[1].ID)); err != nil {
		t.Error(err)
	}
	p.eventually("nothing is to be removed", func() bool { return len(p.b.c.Assignment().Removing) == 0 })
}
