package replica

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// writersAt starts two clients that write at whichever node takes writes. stop ends them and returns what was acknowledged,
// and the longest time for which a client was refused.
func writersAt(nodes []*memberNode) (stop func() (acked []map[string]string, longest time.Duration)) {
	var ended atomic.Bool
	var writers sync.WaitGroup
	acked, most := make([]map[string]string, 2), make([]time.Duration, 2)
	for w := range acked {
		acked[w] = map[string]string{}
		writers.Go(func() {
			last := time.Now()
			for n := 0; !ended.Load(); n++ {
				key, value := fmt.Sprint("w", w, ":", n%200), fmt.Sprint(n)
				for _, node := range nodes {
					if node.set(key, value) {
						acked[w][key] = value
						most[w] = max(most[w], time.Since(last))
						last = time.Now()
						break
					}
				}
				time.Sleep(100 * time.Microsecond)
			}
		})
	}
	return func() ([]map[string]string, time.Duration) {
		ended.Store(true)
		writers.Wait()
		return acked, max(most[0], most[1])
	}
}

// trio returns a group of three over TCP. na leads, and the others are in step.
func trio(t *testing.T) []*memberNode {
	nodes := memberGroup(t, "na", "nb", "nc")
	ids := []string{"na", "nb", "nc"}
	for i := range 2 {
		if err := nodes[i+1].m.Follow(0, "g", "na", ids); err != nil {
			t.Fatal(err)
		}
	}
	if err := nodes[0].m.Lead(0, "g", ids[1:]); err != nil {
		t.Fatal(err)
	}
	eventually(t, "group in step", func() bool { return inStep(nodes[0]) })
	return nodes
}

// inStep reports whether n leads, and all others have everything.
func inStep(n *memberNode) bool {
	p, _ := n.m.Part()
	return p != nil && p.Acked(p.Offset()) == len(p.Links())
}

// handedOver calls change until it succeeds: on a busy machine the successor may be out of step, or confirm too late.
func handedOver(t *testing.T, change func() error) {
	t.Helper()
	eventually(t, "hand-over", func() bool {
		err := change()
		if err != nil && !errors.Is(err, errRoleChanges) && !strings.Contains(err.Error(), "hand over") && !strings.Contains(err.Error(), "handed over") {
			t.Fatal(err)
		}
		return err == nil
	})
}

// TestHandOver moves the lead around by HandOver and Promote while clients write. No acknowledged write is lost, the
// members agree on epoch and primary, and no secondary needs a full sync.
func TestHandOver(t *testing.T) {
	nodes := trio(t)
	stop := writersAt(nodes)
	var epoch uint64
	for now := range 6 {
		from, to := nodes[now%3], nodes[(now+1)%3]
		eventually(t, "group in step", func() bool {
			p, _ := from.m.Part()
			return p != nil && p.Acked(0) == 2
		})
		time.Sleep(50 * time.Millisecond) // of writes
		handedOver(t, func() error {
			if now%2 == 1 {
				return to.m.Promote(false)
			}
			ended := make(chan error, 1)
			from.m.HandOver(to.id, func(err error) { ended <- err })
			return <-ended
		})
		eventually(t, "agreement", func() bool {
			return !slices.ContainsFunc(nodes, func(n *memberNode) bool {
				e, primary := n.m.Leadership()
				return e <= epoch || primary != to.id
			})
		})
		epoch, _ = to.m.Leadership()
	}
	acked, longest := stop()
	t.Logf("epoch %d; the longest time without a write was %v", epoch, longest)
	eventually(t, "group in step", func() bool { return inStep(nodes[0]) })
	wantHeld(t, nodes, acked)
	for _, n := range nodes {
		if lost := n.m.Lost(); lost != 0 {
			t.Errorf("%s has lost %d writes", n.id, lost)
		}
	}
	p, _ := nodes[0].m.Part()
	if full := p.Status(0).Counts.FullSyncs; full > 2 {
		t.Errorf("%d full syncs by the first primary, 2 are needed", full)
	}
}

// TestPromoteForce promotes a secondary by force while its primary is alive: the old primary steps down when it hears of
// the later epoch, and what the new one has acknowledged stays.
func TestPromoteForce(t *testing.T) {
	nodes := trio(t)
	if err := nodes[1].m.Promote(true); err != nil {
		t.Fatal(err)
	}
	eventually(t, "write at the new primary", func() bool { return nodes[1].set("k", "new") })
	eventually(t, "step down", func() bool { return !nodes[0].m.Leads() })
	eventually(t, "group in step", func() bool { return inStep(nodes[1]) })
	wantHeld(t, nodes, []map[string]string{{"k": "new"}})
	if err := nodes[0].m.Lead(0, "g", []string{"nb", "nc"}); !errors.Is(err, ErrStaleEpoch) {
		t.Errorf("Lead in an old epoch: %v", err)
	}
	if err := nodes[2].m.Follow(1, "g", "na", []string{"na", "nb", "nc"}); !errors.Is(err, ErrEpochTaken) {
		t.Errorf("Follow another primary in the same epoch: %v", err)
	}
}

// TestNextEpoch checks that the next epochs of two members differ, whatever each of them knows.
func TestNextEpoch(t *testing.T) {
	ids := []string{"c", "a", "b"}
	for e := range uint64(20) {
		for f := range uint64(20) {
			if nextEpoch(e, "a", ids) == nextEpoch(f, "b", ids) {
				t.Fatalf("after %d and %d both lead in %d", e, f, nextEpoch(e, "a", ids))
			}
		}
		if n := nextEpoch(e, "c", ids); n <= e || n > e+3 {
			t.Fatalf("%d after %d", n, e)
		}
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
	eventually(t, "group at the end of the log", func() bool { return p.Acked(p.Offset()) == 2 })
	if err := nodes[0].m.Pause("", true); err != nil {
		t.Fatal(err)
	}
	for i := range 37 {
		nodes[0].set(fmt.Sprint("lost", i), "1")
	}
	if err := nodes[1].m.Promote(true); err != nil {
		t.Fatal(err)
	}
	eventually(t, "group in step", func() bool { return inStep(nodes[1]) })
	if lost := nodes[0].m.Lost(); lost != 37 {
		t.Errorf("%d writes are counted as lost, 37 are", lost)
	}
	if got := nodes[0].holds(); len(got) != 1 || got["kept"] != "1" {
		t.Errorf("the old primary has %d keys", len(got))
	}
	handedOver(t, func() error { return nodes[0].m.Promote(false) })
	eventually(t, "group in step", func() bool { return inStep(nodes[0]) })
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
	eventually(t, "followers", func() bool { f := m.Following(began); return f.Confirm == 2 && f.Connected == 2 && f.All == 2 })
	if f := m.Following(m.Elapsed()); f.Confirm != 0 || f.Connected != 2 {
		t.Errorf("%+v: they have answered something that was not sent yet", f)
	}
	if f := nodes[0].m.Following(0); f != (Following{}) {
		t.Errorf("%+v follow a secondary", f)
	}
	if err := m.Lead(7, "g", []string{"na", "nc"}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "followers in the next epoch", func() bool {
		n := m.Following(began).Confirm
		e, primary := nodes[2].m.Leadership()
		return n == 2 && e == 7 && primary == "nb"
	})
	nodes[2].m.Confirm(false)
	since := m.Elapsed()
	eventually(t, "the other follower", func() bool { return m.Following(since).Confirm == 1 })
	nodes[2].m.Confirm(true)
	eventually(t, "both followers", func() bool { f := m.Following(since); return f.Confirm == 2 && f.Connected == 2 })
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

// TestTransfer checks that a hand-over through MemberOptions.Transfer follows its answer: the epoch that it returns; a
// refusal, after which this node stays the primary; or no answer, after which writes are refused until the member learns who
// leads.
func TestTransfer(t *testing.T) {
	nodes := trio(t)
	m := nodes[0].m
	// hand has the transfer answer with epoch and err, and returns how the hand-over has ended within limit.
	hand := func(limit time.Duration, epoch uint64, err error) (outcome error) {
		asked := make(chan struct{}, 1)
		m.mu.Lock()
		m.opts.Transfer = func(uint64, string) (uint64, error) { asked <- struct{}{}; return epoch, err }
		m.mu.Unlock()
		eventually(t, "transfer", func() bool { // a busy machine's secondary may confirm too late
			ended := make(chan error, 1)
			m.HandOver("nb", func(err error) { ended <- err })
			select {
			case outcome = <-ended:
				return len(asked) > 0
			case <-asked:
			}
			select {
			case outcome = <-ended:
			case <-time.After(limit):
				outcome = context.DeadlineExceeded
			}
			return true
		})
		return outcome
	}
	refused := errors.New("no")
	if err := hand(memberPatience, 0, refused); !errors.Is(err, refused) || !errors.Is(err, ErrHandOver) || !nodes[0].set("k", "1") {
		t.Errorf("a transfer that was refused: %v", err)
	}
	if err := hand(time.Second, 0, ErrUncertain); !errors.Is(err, context.DeadlineExceeded) || nodes[0].set("k", "2") {
		t.Errorf("a transfer without an answer: %v", err)
	}
	if err := m.Lead(0, "g", []string{"nb", "nc"}); err != nil || !nodes[0].set("k", "3") {
		t.Errorf("a primary that is told to go on leading: %v", err)
	}
	eventually(t, "group in step", func() bool { return inStep(nodes[0]) })
	if err := hand(memberPatience, 57, nil); err != nil || m.Leads() {
		t.Errorf("a transfer that took place: %v", err)
	}
	eventually(t, "write at the successor", func() bool { return nodes[1].set("k", "4") })
	if e, primary := nodes[1].m.Leadership(); e != 57 || primary != "nb" {
		t.Errorf("%s leads in epoch %d", primary, e)
	}
}

// TestHandOverToSilent checks that a hand-over to a secondary that does not confirm is given up, and held writes go on.
func TestHandOverToSilent(t *testing.T) {
	nodes := trio(t)
	p, _ := nodes[0].m.Part()
	s := func() *Secondary { _, s := nodes[1].m.Part(); return s }()
	s.mu.Lock() // it applies nothing
	nodes[0].set("k", "1")
	began, ended := time.Now(), make(chan error, 1)
	nodes[0].m.HandOver("nb", func(err error) { ended <- err })
	err := <-ended
	took := time.Since(began)
	s.mu.Unlock()
	if !errors.Is(err, ErrHandOver) || took < holdMost {
		t.Errorf("after %v: %v", took, err)
	}
	if !nodes[0].set("k", "2") {
		t.Error("no write afterwards")
	}
	eventually(t, "group in step", func() bool { return p.Acked(p.Offset()) == 2 })
}
