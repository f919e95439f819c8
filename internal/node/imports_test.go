package node

import (
	"errors"
	"slices"
	"testing"

	"github.com/cachegopher/cachegopher/internal/coordination"
	"github.com/cachegopher/cachegopher/internal/topology"
	"github.com/cachegopher/cachegopher/lru"
	"github.com/cachegopher/cachegopher/replica"
	"github.com/cachegopher/cachegopher/replica/move"
	"github.com/cachegopher/cachegopher/ring"
)

func newTestImports(t *testing.T) *imports {
	t.Helper()
	c, err := lru.New(lru.Options{MaxEntries: 1000, NoBackground: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() }) //nolint:errcheck // the test is over
	log, err := replica.NewLog(replica.MinLog, 1)
	if err != nil {
		t.Fatal(err)
	}
	return &imports{cache: c, log: log}
}

// importOf is the move 3.1 of these slots from a to b.
func importOf(first, last uint16) topology.Move {
	return topology.Move{ID: "3.1", From: "a", To: "b", Ranges: topology.SlotRanges{{First: first, Last: last}}}
}

// TestImportRefused checks what makes a taker refuse to begin a move: its entries of the slots would be removed.
func TestImportRefused(t *testing.T) {
	i := newTestImports(t)
	known := coordination.Assignment{Moves: []topology.Move{importOf(0, 99)}}
	begin := func(a coordination.Assignment, m topology.Move) error {
		_, err := i.begin(&a, "b", 1, 1, &m)
		return err
	}
	if err := begin(known, importOf(0, 99)); !errors.Is(err, errNoTaker) {
		t.Errorf("a node that does not lead: %v", err)
	}
	i.admit(true)
	other := importOf(0, 99)
	other.From = "c"
	back := topology.Move{ID: "2.1", From: "b", To: "a", Ranges: topology.SlotRanges{{First: 50, Last: 60}}}
	for what, c := range map[string]struct {
		a    coordination.Assignment
		m    topology.Move
		want error
	}{
		"a move that is done":         {coordination.Assignment{Removing: known.Moves}, importOf(0, 99), errNoMove},
		"other slots":                 {known, importOf(0, 98), errNoMove},
		"another giver":               {known, other, errNoMove},
		"slots that are removed here": {coordination.Assignment{Moves: known.Moves, Removing: []topology.Move{back}}, importOf(0, 99), errRemoving},
		"a move under way":            {known, importOf(0, 99), nil},
	} {
		if err := begin(c.a, c.m); !errors.Is(err, c.want) || (err == nil) != (c.want == nil) {
			t.Errorf("%s: %v, want %v", what, err, c.want)
		}
	}
}

// TestImportEnds checks what ends an import, and what is refused meanwhile.
func TestImportEnds(t *testing.T) {
	i := newTestImports(t)
	m := importOf(0, 99)
	known := coordination.Assignment{Moves: []topology.Move{m}}
	attempt := uint64(0)
	begin := func() *move.Import {
		t.Helper()
		i.admit(true)
		attempt++
		im, err := i.begin(&known, "b", 1, attempt, &m)
		for more := true; more && err == nil; {
			more, err = im.Step(1000)
		}
		if err != nil {
			t.Fatal(err)
		}
		return im
	}
	im := begin()
	i.end(known.Moves, "b")
	if err := im.Valid(); err != nil {
		t.Errorf("the move is still under way: %v", err)
	}
	slots, none, stepped := m.Ranges.Set(), ring.SlotSet{}, false
	if err := i.remove(&slots, &none, func() { stepped = true }); !errors.Is(err, errUsed) || stepped {
		t.Errorf("entries of slots that are imported can be removed: %v", err)
	}
	if i.end(nil, "b"); im.Valid() == nil {
		t.Error("the move was given up, and the import goes on")
	}
	if err := i.remove(&slots, &slots, func() { stepped = true }); !errors.Is(err, errUsed) || stepped {
		t.Errorf("entries of the group's own slots can be removed: %v", err)
	}
	if err := i.remove(&slots, &none, func() { stepped = true }); err != nil || !stepped {
		t.Errorf("entries of moved slots cannot be removed: %v", err)
	}
	im = begin()
	if _, err := im.Confirm(); err != nil {
		t.Fatal(err)
	}
	if err := i.flush(func() { t.Error("flushed during a hand-over") }); !errors.Is(err, move.ErrHandingOver) {
		t.Errorf("a flush during a hand-over: %v", err)
	}
	i.note([]byte("logged"))
	end := i.log.Merge()
	if i.admit(false); im.Valid() == nil {
		t.Error("the term is over, and the import goes on")
	}
	if i.note([]byte("late")); i.log.Merge() != end || end == 0 {
		t.Errorf("the log ended at %d, and at %d after a note of a node that may not write", end, i.log.Merge())
	}
	if err := i.remove(&slots, &none, func() { t.Error("removed") }); !errors.Is(err, errNoTaker) {
		t.Errorf("a removal by a node that may not write: %v", err)
	}
}

// TestGateHoldsWrites combines a move's hand-over with what the member says: the stricter of the two holds.
func TestGateHoldsWrites(t *testing.T) {
	var g gate
	g.init(true)
	var got []replica.Writes
	apply := func(a replica.Admission) { got = append(got, a.Writes) }
	says := func(w replica.Writes) { g.admit(replica.Admission{Serves: true, Writes: w}, apply) }
	hold := func(is bool) { g.hold(is, apply) }
	says(replica.WritesAllowed)
	hold(true)
	hold(true) // nothing changes
	hold(false)
	hold(true)
	says(replica.WritesHeld) // the group is handed over meanwhile
	hold(false)
	says(replica.WritesAllowed)
	hold(true)
	says(replica.WritesRefused)
	says(replica.WritesAllowed) // it leads again, while the hand-over of slots has not ended
	hold(false)
	want := []replica.Writes{replica.WritesAllowed, replica.WritesHeld, replica.WritesAllowed, replica.WritesHeld, replica.WritesHeld, replica.WritesHeld,
		replica.WritesAllowed, replica.WritesHeld, replica.WritesRefused, replica.WritesHeld, replica.WritesAllowed}
	if !slices.Equal(got, want) {
		t.Errorf("writes are %v, want %v", got, want)
	}
}
