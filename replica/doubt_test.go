package replica

import (
	"syscall"
	"testing"
	"time"
)

// holding makes the asker a primary with doubtful data of this epoch.
func holding(epoch, of uint64) func(*PrimaryOptions) {
	return func(o *PrimaryOptions) {
		o.epoch, o.Doubtful, o.Partial = epoch, true, true
		o.Holds = Position{History: History{Date: dateOf(of, 9), ID: [20]byte{1}}, Offset: 50, Complete: true, Entries: 3}
	}
}

// other returns a position in another history, of an epoch.
func other(of uint64) string {
	return Position{History: History{Date: dateOf(of, 5), ID: [20]byte{2}}, Offset: 20, Complete: true, Entries: 2}.line()
}

// TestDoubtful checks whose data a primary takes that has been told that it leads.
func TestDoubtful(t *testing.T) {
	t.Run("another member has data of a later epoch, although of an earlier time of day", func(t *testing.T) {
		a := newAsker(t, 2, holding(3, 1))
		a.fails(0, 0, syscall.ECONNREFUSED)
		a.want(0, "asks")
		a.says(0, 1, other(3))
		a.want(0, "takes from s1")
	})
	t.Run("no other member has later data", func(t *testing.T) {
		a := newAsker(t, 2, holding(3, 3))
		a.says(0, 0, other(1))
		a.want(0, "asks")
		a.says(0, 1, Position{History: a.p.opts.Holds.History, Offset: 50, Complete: true, Entries: 4}.line())
		a.want(0, "serves")
	})
	t.Run("a member that may have the epoch's history is silent", func(t *testing.T) {
		a := newAsker(t, 2, holding(3, 1))
		a.says(0, 0, other(1))
		a.fails(0, 1, syscall.EHOSTUNREACH)
		a.want(a.p.opts.RecoverTimeout-time.Second, "asks")
		a.want(a.p.opts.RecoverTimeout+time.Second, "serves")
	})
	t.Run("the group was handed to it", func(t *testing.T) {
		a := newAsker(t, 2, holding(3, 1))
		a.p.serveOwn(&Position{History: History{ID: [20]byte{1}}, Offset: 51, Complete: true})
		a.want(0, "asks")
		a.p.serveOwn(&Position{History: History{ID: [20]byte{1}}, Offset: 50, Complete: true})
		a.want(0, "serves")
	})
}

// TestKnockProvesHandOver tells a secondary that it leads: without a proof it asks first, with one it serves at once.
func TestKnockProvesHandOver(t *testing.T) {
	for name, by := range map[string]uint64{"more than it has": 1, "what it has": 0} {
		t.Run(name, func(t *testing.T) {
			nodes := trio(t)
			if !nodes[0].set("k", "1") {
				t.Fatal("no write")
			}
			p, _ := nodes[0].m.Part()
			p.Wait(p.Offset(), 2, func() {})
			_, s := nodes[1].m.Part()
			for !s.Position().Complete || s.Position().Offset < p.Offset() {
				time.Sleep(time.Millisecond)
			}
			l := leadership{1, "nb"}
			proof := s.Position()
			proof.Offset += by
			nodes[1].m.hear(l) // such as by the end of the stream: the proof may follow
			nodes[1].m.mu.Lock()
			nodes[1].m.step()
			nodes[1].m.mu.Unlock()
			if early, _ := nodes[1].m.Part(); early != nil {
				t.Error("it does not wait for the proof")
			}
			nodes[1].m.hearReport(report{leadership: l, handed: proof})
			nodes[1].m.hear(l) // of less use
			nodes[1].m.mu.Lock()
			nodes[1].m.step()
			now, _ := nodes[1].m.Part()
			serves := now != nil && closed(now.ready)
			nodes[1].m.mu.Unlock()
			if now == nil || by == 0 && !serves {
				t.Errorf("leads: %v, serves: %v", now != nil, serves)
			}
			for !inStep(nodes[1]) {
				time.Sleep(time.Millisecond)
			}
			wantHeld(t, nodes, []map[string]string{{"k": "1"}})
		})
	}
}

// TestKnockAtOlderRelease hands over to a node that does not know what proves it.
func TestKnockAtOlderRelease(t *testing.T) {
	n := trio(t)[0]
	if !n.set("k", "1") {
		t.Fatal("no write")
	}
	n.m.mu.Lock()
	n.m.hand = &handOver{to: "nb", over: true, cancel: func() {}, done: func(error) {}}
	n.m.yield(leadership{1, "nb"}, Position{})
	n.m.unlock()
	if got := n.m.Knocking(); len(got) != 8 {
		t.Fatalf("it says %q, which does not prove the hand-over", got)
	}
	n.m.KnockAnswered("-ERR REPLICA KNOCK takes group, secondary, epoch and primary")
	if got := n.m.Knocking(); len(got) != 6 {
		t.Errorf("it still says %q", got)
	}
}
