package client

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/testkit"
	"github.com/cachegopher/cachegopher/ring"
)

// moveTo gives the entries to the groups that own them by is, and has all nodes know that.
func (s *fakeSlots) moveTo(is *fakeTopology) {
	s.tell(is)
	for g := range s.nodes {
		for i, f := range s.nodes[g] {
			f.mu.Lock()
			for key, e := range f.data {
				if to := is.owner(ring.Slot(key)); to != g {
					delete(f.data, key)
					s.nodes[to][i].put(key, e.value)
				}
			}
			f.mu.Unlock()
		}
	}
}

// TestScanAcrossMoves: while a scan has asked the one group and not yet the other, slots move between them, once or to and fro.
// Each key is returned, and none that is left over at a group which does not own it.
func TestScanAcrossMoves(t *testing.T) {
	swapped := func(owner func(slot int) int) func(slot int) int {
		return func(slot int) int { return 1 - owner(slot) }
	}
	odd := func(slot int) int { return slot % 2 }
	for name, x := range map[string]struct {
		begin func(s *fakeSlots) *fakeTopology
		moves []func(slot int) int // after so many keys of the first group
		told  bool                 // the client hears of each move by a push
	}{
		"to the first":  {func(s *fakeSlots) *fakeTopology { return s.assigned(1, odd) }, []func(int) int{allA}, false},
		"to the second": {func(s *fakeSlots) *fakeTopology { return s.assigned(1, odd) }, []func(int) int{allB}, false},
		"all":           {func(s *fakeSlots) *fakeTopology { return s.assigned(1, odd) }, []func(int) int{swapped(odd)}, false},
		"all, pushed":   {func(s *fakeSlots) *fakeTopology { return s.assigned(1, odd) }, []func(int) int{swapped(odd)}, true},
		"twice":         {func(s *fakeSlots) *fakeTopology { return s.assigned(1, odd) }, []func(int) int{allA, allB}, false},
		"to a new group": {func(s *fakeSlots) *fakeTopology {
			is := s.topology(1, 1)
			is.Slots = s.slots(1, allA)
			return s.says(is, allA)
		}, []func(int) int{odd}, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := newFakeSlots(t)
			is := x.begin(s)
			s.tell(is)
			c := s.client()
			missing := map[string]bool{}
			for i := range 40 {
				key := fmt.Sprint("key", i)
				s.put(is.owner(ring.Slot(key)), key, "v")
				missing[key] = true
			}
			moves, version, seen := x.moves, uint64(2), 0
			for key, err := range c.Scan(testkit.Within(t, 20*time.Second), ScanOptions{}) {
				if err != nil {
					t.Fatal(err)
				}
				delete(missing, key)
				if seen++; len(moves) > 0 && seen%3 == 0 {
					s.moveTo(s.assigned(version, moves[0]))
					if x.told {
						s.push()
						now, key := string(rune('a'+moves[0](ring.Slot(key)))), key
						testkit.Eventually(t, "the client knows of the move", func() bool { return c.owns(now, key) })
					}
					moves, version = moves[1:], version+1
				}
			}
			if len(missing) > 0 || len(moves) > 0 {
				t.Errorf("%d keys are missing, %d moves", len(missing), len(moves))
			}
		})
	}
}

// TestScanWithoutLeftovers: keys that a cancelled move has left at a group that does not own them are not returned.
func TestScanWithoutLeftovers(t *testing.T) {
	s := newFakeSlots(t)
	is := s.assigned(1, s.onRing())
	s.tell(is)
	c := s.client()
	mine, others := is.keys(0, 5), is.keys(1, 5)
	for _, k := range append(slices.Clone(mine), others...) {
		s.put(0, k, "v")
	}
	var got []string
	for key, err := range c.Scan(testkit.Within(t, 20*time.Second), ScanOptions{}) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, key)
	}
	slices.Sort(got)
	slices.Sort(mine)
	if !slices.Equal(got, mine) {
		t.Errorf("%q, want %q", got, mine)
	}
}
