package replica

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/testkit"
)

// TestMemberHandsOver moves the lead around a group of three over TCP while clients write. No acknowledged write is lost.
func TestMemberHandsOver(t *testing.T) {
	nodes := memberGroup(t, "na", "nb", "nc")
	ids := []string{"na", "nb", "nc"}
	others := func(i int) []string { return []string{ids[(i+1)%3], ids[(i+2)%3]} }
	lead := func(i int) {
		t.Helper()
		if err := nodes[i].m.Lead(0, "g", others(i)); err != nil {
			t.Fatal(err)
		}
	}
	follow := func(i, of int) {
		t.Helper()
		if err := nodes[i].m.Follow(0, "g", ids[of], ids); err != nil {
			t.Fatal(err)
		}
	}
	follow(1, 0)
	follow(2, 0)
	lead(0)
	var stop atomic.Bool
	var written atomic.Int64
	var writers sync.WaitGroup
	acked := make([]map[string]string, 2)
	for w := range acked {
		acked[w] = map[string]string{}
		writers.Go(func() {
			for n := 0; !stop.Load(); n++ {
				key, value := fmt.Sprint("w", w, ":", n%200), fmt.Sprint(n)
				for _, node := range nodes {
					if node.set(key, value) {
						acked[w][key] = value
						written.Add(1)
						break
					}
				}
				time.Sleep(100 * time.Microsecond)
			}
		})
	}
	for now := range 6 {
		from, to := now%3, (now+1)%3
		p, _ := nodes[from].m.Part()
		testkit.Eventually(t, "group in step", func() bool { return p.Acked(0) == 2 })
		before := written.Load()
		testkit.Eventually(t, "writes", func() bool { return written.Load() > before+200 })
		follow(from, to)
		testkit.Eventually(t, "secondary", func() bool { return !nodes[from].m.Leads() })
		lead(to)
		follow((to+1)%3, to)
		if !nodes[to].m.Serves() {
			t.Error("a member in step that leads does not serve at once")
		}
	}
	stop.Store(true)
	writers.Wait()
	p, _ := nodes[0].m.Part()
	testkit.Eventually(t, "group in step", func() bool { return p.Acked(p.Offset()) == 2 })
	wantHeld(t, nodes, acked)
	if len(acked[0]) < 100 {
		t.Errorf("only %d keys were written", len(acked[0]))
	}
	if full := p.Status(0).Counts.FullSyncs; full > 2 {
		t.Errorf("%d full syncs by the first primary, 2 are needed", full)
	}
}

// wantHeld fails unless every node holds every acknowledged write.
func wantHeld(t *testing.T, nodes []*memberNode, acked []map[string]string) {
	t.Helper()
	for _, n := range nodes {
		got := n.holds()
		for _, m := range acked {
			for k, v := range m {
				if got[k] != v {
					t.Fatalf("%s has %s=%s, %s was acknowledged", n.id, k, got[k], v)
				}
			}
		}
	}
}

// TestMemberHammered calls Lead and Follow from several goroutines at once, while clients write, wait and read the status.
// It must not deadlock, and in the end all members must be in step.
func TestMemberHammered(t *testing.T) {
	nodes := memberGroup(t, "na", "nb")
	ids := []string{"na", "nb"}
	var stop atomic.Bool
	var busy sync.WaitGroup
	for i, n := range nodes {
		for caller := range 2 {
			busy.Go(func() {
				r := rand.New(rand.NewPCG(uint64(i), uint64(caller)))
				for !stop.Load() {
					var err error
					if r.IntN(2) == 0 {
						err = n.m.Lead(0, "g", []string{ids[1-i]})
					} else {
						err = n.m.Follow(0, "g", ids[1-i], ids)
					}
					if err != nil && !errors.Is(err, ErrRecovering) {
						t.Error(err)
					}
					time.Sleep(time.Duration(r.IntN(20)) * time.Millisecond)
				}
			})
		}
		busy.Go(func() { writeWaitLook(n, &stop) })
	}
	time.Sleep(2 * time.Second)
	stop.Store(true)
	busy.Wait()
	if err := nodes[1].m.Follow(0, "g", "na", ids); err != nil {
		t.Fatal(err)
	}
	if err := nodes[0].m.Lead(0, "g", []string{"nb"}); err != nil {
		t.Fatal(err)
	}
	testkit.Eventually(t, "leader that takes writes", func() bool { return nodes[0].set("last", "1") })
	p, _ := nodes[0].m.Part()
	testkit.Eventually(t, "group in step", func() bool { return p.Acked(p.Offset()) == 1 })
	want, got := nodes[0].holds(), nodes[1].holds()
	if len(want) != len(got) {
		t.Errorf("%d and %d keys", len(want), len(got))
	}
	for k, v := range want {
		if got[k] != v {
			t.Fatalf("%s differs: %d and %d bytes", k, len(v), len(got[k]))
		}
	}
}

// writeWaitLook writes to n, waits for acks of some writes and reads its status, until stop is set.
func writeWaitLook(n *memberNode, stop *atomic.Bool) {
	for at := 0; !stop.Load(); at++ {
		n.set(fmt.Sprint("k", at%100), strings.Repeat("v", at%2000))
		if at%64 == 0 {
			done := make(chan struct{}, 1)
			term, offset := n.m.Mark()
			cancel := n.m.Wait(term, offset, 1, func() {
				select {
				case done <- struct{}{}:
				default:
				}
			})
			select {
			case <-done:
			case <-time.After(5 * time.Millisecond):
			}
			cancel()
			n.m.Acked(term, offset)
		}
		if p, s := n.m.Part(); p != nil {
			p.Status(0)
		} else if s != nil {
			s.Status(0)
		}
		time.Sleep(50 * time.Microsecond)
	}
}

// TestWaitEndsWithTerm checks that waiters are called when the member stops leading, and learn that the term is over.
func TestWaitEndsWithTerm(t *testing.T) {
	n := memberGroup(t, "na", "nb")[0]
	if err := n.m.Lead(0, "g", nil); err != nil { // nobody to hand over to
		t.Fatal(err)
	}
	term, offset := n.m.Mark()
	over := make(chan bool, 1)
	n.m.Wait(term, offset, 1, func() {
		_, ok := n.m.Acked(term, offset)
		over <- !ok
	})
	if err := n.m.Follow(0, "g", "nb", []string{"na", "nb"}); err != nil {
		t.Fatal(err)
	}
	select {
	case yes := <-over:
		if !yes {
			t.Error("when the waiter is called the term seems to go on, so it would wait for ever")
		}
	case <-time.After(testkit.Patience):
		t.Fatal("the waiter was not called")
	}
	called := false
	n.m.Wait(term, offset, 1, func() { called = true })
	if !called {
		t.Error("a waiter for a term that is over is not called")
	}
}
