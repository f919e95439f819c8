package client

import (
	"fmt"
	"slices"
	"sync"
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

// TestScanToAndFro: while the first group's scan has a page to go, its slots move away, and back once that page has been read. The
// keys are returned, whether the client hears of both moves or only of the later one.
func TestScanToAndFro(t *testing.T) {
	for name, told := range map[string]bool{"pushed": true, "not told": false} {
		t.Run(name, func(t *testing.T) {
			s := newFakeSlots(t)
			s.tell(s.assigned(1, allA))
			c, missing := s.client(), map[string]bool{}
			for i := range 10 {
				key := fmt.Sprint("key", i)
				s.put(0, key, "v")
				missing[key] = true
			}
			move := func(version uint64, to string, owner func(int) int) {
				if s.moveTo(s.assigned(version, owner)); told {
					s.push()
					testkit.Eventually(t, "the client knows of the move", func() bool { return c.owns(to, "key0") })
				}
			}
			var back sync.WaitGroup
			seen := 0
			for key, err := range c.Scan(testkit.Within(t, 20*time.Second), ScanOptions{Count: 1}) {
				if err != nil {
					t.Fatal(err)
				}
				delete(missing, key)
				if seen++; seen > 1 {
					continue
				}
				move(2, "b", allB)
				before := s.count("SCAN")
				releases := []func(){s.hold(0, 0, "SCAN"), s.hold(0, 1, "SCAN")}
				back.Go(func() {
					testkit.Eventually(t, "the next page has been read", func() bool { return s.count("SCAN") > before })
					move(3, "a", allA)
					for _, release := range releases {
						release()
					}
				})
			}
			if back.Wait(); len(missing) > 0 {
				t.Errorf("%d of 10 keys are missing", len(missing))
			}
		})
	}
}

// TestScanOfALateGroup: the client knows that a group has got slots, and the group's members, which lack the entries, do not know
// it yet. The keys are returned once they have both.
func TestScanOfALateGroup(t *testing.T) {
	s := newFakeSlots(t)
	before, is := s.assigned(1, allB), s.assigned(2, allA)
	s.tell(before)
	c := s.client()
	for i := range s.knows[1] {
		s.knows[1][i].Store(is)
	}
	s.push()
	testkit.Eventually(t, "the client knows of the move", func() bool { return c.owns("a", "key") })
	var late sync.WaitGroup
	late.Go(func() {
		testkit.Eventually(t, "the group has been scanned", func() bool { return s.count("SCAN") > 0 && s.count("TOPOLOGY") > 0 })
		s.put(0, "key", "v")
		s.tell(is)
	})
	found := false
	for key, err := range c.Scan(testkit.Within(t, 20*time.Second), ScanOptions{}) {
		if err != nil {
			t.Fatal(err)
		}
		found = found || key == "key"
	}
	if late.Wait(); !found {
		t.Error("the key is missing")
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
