package sim

import (
	"maps"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/epochs"
)

// ledgerWorld is a group of three in which n0 leads, without faults.
func ledgerWorld(t *testing.T, seed uint64, m Mutation) *world {
	w := newWorld(seed, Options{Mutation: m})
	w.gentle()
	w.params.changes = true
	w.members(2)
	w.begin()
	t.Cleanup(func() {
		if err := w.end(); (err != nil) != (m != None) {
			t.Errorf("with the mutation %q: %v", m, err)
		}
	})
	return w
}

// TestLedgerAfterEpochZero kills a primary in epoch 0, in which secondaries learn of no lineage. Another member takes its
// place by a change of the config. Whoever is promoted afterwards, the node must not count as lost what the other one had.
func TestLedgerAfterEpochZero(t *testing.T) {
	for name, promoted := range map[string]int{"itself": 0, "another secondary": 2} {
		t.Run(name, func(t *testing.T) {
			w := ledgerWorld(t, 12, None)
			n := w.nodes[0]
			w.cut(0, 1, true)
			w.cut(0, 2, true)
			for range 10 {
				w.change(n)
			}
			n.crash()
			clear(w.blocked)
			w.leader = 1
			w.nodes[1].hup()
			w.nodes[2].hup()
			w.until(w.now + 5*time.Second)
			n.start(nil)
			w.until(w.now + 5*time.Second)
			if n.member.LostKnown() || n.member.Lost() != 0 {
				t.Errorf("a secondary in epoch 0 counts %d", n.member.Lost())
			}
			w.force(w.nodes[promoted])
			w.until(w.now + 10*time.Second)
			if p, _ := w.nodes[promoted].member.Part(); p == nil {
				t.Fatal("the promoted member does not lead")
			}
			if n.member.LostKnown() || n.member.Lost() != 0 {
				t.Errorf("it counts %d, and cannot know", n.member.Lost())
			}
		})
	}
}

// TestLedgerHearsStalePrimary kills a primary. Its next process first hears from a primary of an earlier epoch, to whose
// word it must not listen: the third member has all of the writes.
func TestLedgerHearsStalePrimary(t *testing.T) {
	w := ledgerWorld(t, 10, None)
	n0, n2 := w.nodes[0], w.nodes[2]
	w.hearStale(t)
	if _, primary := n0.member.Leadership(); primary != "n1" || n0.member.LostKnown() {
		t.Errorf("it follows %s, and counts %d: %v", primary, n0.member.Lost(), n0.member.LostKnown())
	}
	clear(w.blocked)
	w.until(w.now + 15*time.Second)
	if !n0.member.Leads() || n2.member.Leads() || !n0.member.LostKnown() || n0.member.Lost() != 0 {
		t.Errorf("it counts %d (known: %v); %s leads", n0.member.Lost(), n0.member.LostKnown(), w.lead())
	}
}

// TestHandedAnOldEpoch has a stale primary hand over to a process that led, before its restart, in the very epoch that the
// stale primary gives it now. It must wait for the member that has what it wrote then.
func TestHandedAnOldEpoch(t *testing.T) {
	w := ledgerWorld(t, 10, None)
	n0, n1, n2 := w.nodes[0], w.nodes[1], w.nodes[2]
	w.hearStale(t)
	done := false
	w.handTo(n1, n0, func(err error) { done = err == nil })
	w.until(w.now + 3*time.Second)
	if epoch, _ := n0.member.Leadership(); !done || epoch != epochs.Next(epochs.Next(0, n1.id), n0.id) || n0.serving() {
		t.Fatalf("handed over: %v, to epoch %d; serves: %v", done, epoch, n0.serving())
	}
	clear(w.blocked)
	w.until(w.now + 15*time.Second)
	if !n0.member.Leads() || !n0.serving() || n2.member.Leads() || !n0.member.LostKnown() || n0.member.Lost() != 0 {
		t.Errorf("it counts %d (known: %v); %s leads", n0.member.Lost(), n0.member.LostKnown(), w.lead())
	}
}

// TestLedgerAnyEpoch wants this mutation noticed.
func TestLedgerAnyEpoch(t *testing.T) { ledgerWorld(t, 10, LedgerAnyEpoch).hearStale(t) }

// hearStale kills the primary n0 and has its next process hear only from n1, which leads in an earlier epoch.
func (w *world) hearStale(t *testing.T) {
	n0, n1 := w.nodes[0], w.nodes[1]
	w.force(n1)
	w.until(w.now + 5*time.Second)
	w.cut(0, 1, true)
	w.cut(1, 2, true)
	w.force(n0)
	w.until(w.now + 5*time.Second)
	if w.lead() != n0 || !n1.member.Leads() {
		t.Fatal("there are not two primaries of different epochs: this test sees nothing")
	}
	w.writeAll(1)
	n0.crash()
	w.cut(0, 1, false)
	w.cut(0, 2, true)
	n0.start(nil)
	w.until(w.now + 5*time.Second)
}

// TestServesEmptyAndHearsOfItsEpoch restarts a primary while it reaches nobody, so that it starts empty, in epoch 0. Then it
// hears that it leads in the later epoch of its process before: it stops serving, and takes what the others have of that.
func TestServesEmptyAndHearsOfItsEpoch(t *testing.T) {
	w := ledgerWorld(t, 10, None)
	n0, n1 := w.nodes[0], w.nodes[1]
	w.force(n1)
	w.until(w.now + 5*time.Second)
	w.force(n0)
	w.until(w.now + 5*time.Second)
	w.writeAll(2)
	want := maps.Clone(n0.history.now)
	led, _ := n0.member.Leadership()
	n0.crash()
	w.cut(0, 1, true)
	w.cut(0, 2, true)
	n0.start(nil)
	w.until(w.now + 10*time.Second)
	if !n0.serving() || n0.member.Lost() == 0 {
		t.Fatal("it does not start empty: this test sees nothing")
	}
	for range 10 {
		w.change(n0)
	}
	clear(w.blocked)
	w.until(w.now + 15*time.Second)
	if epoch, _ := n0.member.Leadership(); !n0.member.Leads() || !n0.serving() || epoch != led {
		t.Fatalf("it leads: %v, in epoch %d", n0.member.Leads(), epoch)
	}
	w.holds(n0, "leads again", want)
}

// TestLedgerAfterSecondDeath kills two primaries in turn. The second had taken over writes of the first that its successor
// lacks: the first counts them when it hears of that successor, as well as what the second lacked.
func TestLedgerAfterSecondDeath(t *testing.T) {
	for name, again := range map[string]bool{"the first was killed": true, "the first was cut off": false} {
		t.Run(name, func(t *testing.T) {
			w := ledgerWorld(t, 10, None)
			n0, last, heir := w.nodes[0], w.nodes[1], w.nodes[2] // by their numbers in epochs, last wins over heir
			w.cut(0, 1, true)
			w.cut(1, 2, true)
			w.until(w.now + 5*time.Second)
			w.writeAll(1) // heir has these, and last has not
			late := n0.log.Merge()
			w.cut(0, 2, true)
			for range 7 {
				w.change(n0)
			}
			if again {
				n0.crash()
			}
			w.force(heir)
			w.cut(0, 2, false)
			if again {
				n0.start(nil)
			}
			w.until(w.now + 10*time.Second)
			before := n0.member.Lost()
			if _, primary := n0.member.Leadership(); primary != heir.id || before == 0 || heir.history.start != late {
				t.Fatalf("it follows %s, and counts %d: this test sees nothing", primary, before)
			}
			heir.crash()
			w.force(last)
			clear(w.blocked)
			w.until(w.now + 15*time.Second)
			lost := n0.member.Lost() - before
			if _, primary := n0.member.Leadership(); primary != last.id || lost < 50 {
				t.Errorf("it follows %s, and counts %d more", primary, lost)
			}
		})
	}
}
