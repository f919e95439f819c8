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

	"github.com/cachegopher/cachegopher/internal/testkit"
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
	testkit.Eventually(t, "group in step", func() bool { return inStep(nodes[0]) })
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
	testkit.Eventually(t, "hand-over", func() bool {
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
		testkit.Eventually(t, "group in step", func() bool {
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
		testkit.Eventually(t, "agreement", func() bool {
			return !slices.ContainsFunc(nodes, func(n *memberNode) bool {
				e, primary := n.m.Leadership()
				return e <= epoch || primary != to.id
			})
		})
		epoch, _ = to.m.Leadership()
	}
	acked, longest := stop()
	t.Logf("epoch %d; the longest time without a write was %v", epoch, longest)
	testkit.Eventually(t, "group in step", func() bool { return inStep(nodes[0]) })
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
		testkit.Eventually(t, "transfer", func() bool { // a busy machine's secondary may confirm too late
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
	if err := hand(testkit.Patience, 0, refused); !errors.Is(err, refused) || !errors.Is(err, ErrHandOver) || !nodes[0].set("k", "1") {
		t.Errorf("a transfer that was refused: %v", err)
	}
	if err := hand(time.Second, 0, ErrUncertain); !errors.Is(err, context.DeadlineExceeded) || nodes[0].set("k", "2") {
		t.Errorf("a transfer without an answer: %v", err)
	}
	if err := m.Lead(0, "g", []string{"nb", "nc"}); err != nil || !nodes[0].set("k", "3") {
		t.Errorf("a primary that is told to go on leading: %v", err)
	}
	testkit.Eventually(t, "group in step", func() bool { return inStep(nodes[0]) })
	if err := hand(testkit.Patience, 57, nil); err != nil || m.Leads() {
		t.Errorf("a transfer that took place: %v", err)
	}
	testkit.Eventually(t, "write at the successor", func() bool { return nodes[1].set("k", "4") })
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
	testkit.Eventually(t, "group in step", func() bool { return p.Acked(p.Offset()) == 2 })
}
