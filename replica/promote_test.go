package replica

import (
	"errors"
	"fmt"
	"testing"

	"github.com/cachegopher/cachegopher/internal/epochs"
	"github.com/cachegopher/cachegopher/internal/testkit"
)

// TestPromoteForce promotes a secondary by force while its primary is alive: the old primary steps down when it hears of
// the later epoch, and what the new one has acknowledged stays.
func TestPromoteForce(t *testing.T) {
	nodes := trio(t)
	if err := nodes[1].m.Promote(true); err != nil {
		t.Fatal(err)
	}
	testkit.Eventually(t, "write at the new primary", func() bool { return nodes[1].set("k", "new") })
	testkit.Eventually(t, "step down", func() bool { return !nodes[0].m.Leads() })
	testkit.Eventually(t, "group in step", func() bool { return inStep(nodes[1]) })
	wantHeld(t, nodes, []map[string]string{{"k": "new"}})
	if err := nodes[0].m.Lead(0, "g", []string{"nb", "nc"}); !errors.Is(err, ErrStaleEpoch) {
		t.Errorf("Lead in an old epoch: %v", err)
	}
	epoch, _ := nodes[1].m.Leadership()
	if err := nodes[2].m.Follow(epoch, "g", "na", []string{"na", "nb", "nc"}); !errors.Is(err, ErrEpochTaken) {
		t.Errorf("Follow another primary in the same epoch: %v", err)
	}
}

// TestLostIsCounted lets a primary acknowledge writes that no secondary gets, and promotes another member by force: the
// old primary counts exactly these, once.
func TestLostIsCounted(t *testing.T) {
	nodes := trio(t)
	if !nodes[0].set("kept", "1") {
		t.Fatal("no write")
	}
	p, _ := nodes[0].m.Part()
	testkit.Eventually(t, "group at the end of the log", func() bool { return p.Acked(p.Offset()) == 2 })
	if err := nodes[0].m.Pause("", true); err != nil {
		t.Fatal(err)
	}
	for i := range 37 {
		nodes[0].set(fmt.Sprint("lost", i), "1")
	}
	if err := nodes[1].m.Promote(true); err != nil {
		t.Fatal(err)
	}
	testkit.Eventually(t, "group in step", func() bool { return inStep(nodes[1]) })
	if lost := nodes[0].m.Lost(); lost != 37 {
		t.Errorf("%d writes are counted as lost, 37 are", lost)
	}
	if got := nodes[0].holds(); len(got) != 1 || got["kept"] != "1" {
		t.Errorf("the old primary has %d keys", len(got))
	}
	handedOver(t, func() error { return nodes[0].m.Promote(false) })
	testkit.Eventually(t, "group in step", func() bool { return inStep(nodes[0]) })
	for i, want := range []int64{37, 0, 0} {
		if lost := nodes[i].m.Lost(); lost != want {
			t.Errorf("%s has lost %d, want %d", nodes[i].id, lost, want)
		}
	}
}

// TestFollowing checks that the secondaries that have answered in this epoch are counted, and that others are not.
func TestFollowing(t *testing.T) {
	nodes := trio(t)
	if f := nodes[0].m.Following(0); f.Confirm != 0 || f.All != 2 {
		t.Errorf("without an epoch %d of %d follow", f.Confirm, f.All)
	}
	if err := nodes[1].m.Promote(true); err != nil {
		t.Fatal(err)
	}
	m := nodes[1].m
	began := m.Elapsed()
	testkit.Eventually(t, "followers", func() bool { f := m.Following(began); return f.Confirm == 2 && f.Connected == 2 && f.All == 2 })
	if f := m.Following(m.Elapsed()); f.Confirm != 0 || f.Connected != 2 {
		t.Errorf("%+v: they have answered something that was not sent yet", f)
	}
	if f := nodes[0].m.Following(0); f != (Following{}) {
		t.Errorf("%+v follow a secondary", f)
	}
	epoch, _ := m.Leadership()
	epoch += 7
	if err := m.Lead(epoch, "g", []string{"na", "nc"}); err != nil {
		t.Fatal(err)
	}
	testkit.Eventually(t, "followers in the next epoch", func() bool {
		n := m.Following(began).Confirm
		e, primary := nodes[2].m.Leadership()
		return n == 2 && e == epoch && primary == "nb"
	})
	nodes[2].m.Confirm(false)
	since := m.Elapsed()
	testkit.Eventually(t, "the other follower", func() bool { return m.Following(since).Confirm == 1 })
	nodes[2].m.Confirm(true)
	testkit.Eventually(t, "both followers", func() bool { f := m.Following(since); return f.Confirm == 2 && f.Connected == 2 })
}

// TestCountOfOverrunLog checks that the records after an offset are counted, or estimated if the log does not reach back.
func TestCountOfOverrunLog(t *testing.T) {
	l := newTestLog(t, MinLog)
	var at []uint64
	for i := range 40_000 {
		at = append(at, l.Merge())
		l.Set(uint64(i)<<58, []byte(fmt.Sprint("key", i%1000)), []byte("value"), 0)
	}
	end := l.Merge()
	if n, exact := l.count(at[39_000], end); n != 1000 || !exact {
		t.Errorf("%d records, exact %v; want 1000", n, exact)
	}
	if n, exact := l.count(at[10_000], end); n < 29_000 || n > 31_000 || exact {
		t.Errorf("%d records, exact %v; want an estimate of 30,000", n, exact)
	}
}

// TestDatesFollowEpochs: histories of later epochs have later dates whatever their clocks say, also those of one term.
func TestDatesFollowEpochs(t *testing.T) {
	const late = 1 << 44
	first, second := epochs.Next(0, "na"), epochs.Next(0, "nb")
	all := []uint64{0, min(first, second), max(first, second), epochs.Next(first, "na"), epochs.Next(16_000_000_000, "nb")}
	for i, e := range all[1:] {
		if before := dateOf(all[i], late); dateOf(e, 0) <= before {
			t.Errorf("a history of epoch %d has the date %d, and one of epoch %d has %d", e, dateOf(e, 0), all[i], before)
		}
	}
}
