package coordination

import (
	"math"
	"os"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/machine"
)

// TestElection: the config's primary leads a new cluster; when its process ends, the member with the most takes its place
// long before the lease ends, in a later epoch.
func TestElection(t *testing.T) {
	m := machine.Start(t)
	for try := 1; ; try++ {
		winner := elect(t)
		if winner == "c" {
			return
		}
		// On a busy machine c may stand when it is too late.
		if m.Stall() < 10*time.Millisecond || try == 5 {
			t.Fatalf("%s leads; c has the most", winner)
		}
	}
}

// elect returns who leads after the death of a, when c has the most.
func elect(t *testing.T) (winner string) {
	t.Helper()
	w := newWorld(t, "a", "b", "c")
	a := w.settled()
	if a.id != "a" {
		t.Fatalf("%s leads a new cluster whose config prefers a", a.id)
	}
	w.mu.Lock()
	w.nodes["c"].offset = 200
	before := a.epoch
	w.mu.Unlock()
	a.kill()
	began := time.Now()
	now := w.leader()
	t.Logf("another primary after %v", time.Since(began))
	if now.epoch <= before {
		t.Errorf("%s leads in epoch %d; the epoch was %d", now.id, now.epoch, before)
	}
	other := map[string]string{"b": "c", "c": "b"}[now.id]
	w.eventually("the other one follows", func() bool { e, p := w.nodes[other].Leadership(); return p == now.id && e == now.epoch })
	return now.id
}

// TestSilence: a primary that is silent is fenced before another one takes its place.
func TestSilence(t *testing.T) {
	w := newWorld(t, "a", "b", "c")
	a := w.settled()
	a.stop() // it does not renew its lease any more, and still answers
	w.mu.Lock()
	for _, f := range w.nodes {
		f.cut = f != a
	}
	w.mu.Unlock()
	took := w.eventually("another one leads", func() bool {
		return !a.writable() && (w.nodes["b"].writable() || w.nodes["c"].writable()) || w.nodes["b"].writable() || w.nodes["c"].writable()
	})
	if a.writable() {
		t.Error("two take writes")
	}
	t.Logf("after %v", took)
}

// TestHandOver: a primary that leaves hands over, and is gone from the topology at once.
func TestHandOver(t *testing.T) {
	w := newWorld(t, "a", "b", "c")
	a := w.settled()
	a.c.Leave()
	l := w.leader()
	if l == a {
		t.Fatal("a leads on")
	}
	w.eventually("a is gone", func() bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		g, ok := l.topology.GroupOf(l.id)
		return ok && g.Leader == l.id && len(g.Followers) == 1
	})
}

// TestEtcdAway: while etcd is away the primary takes writes without a gap as long as all follow it, and no longer than its
// lease once one is missing; when etcd returns nothing changes.
func TestEtcdAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, id := range []string{"a", "b", "c"} {
		w.add(id, 0)
	}
	a := w.settled()
	epoch := a.epoch
	w.etcd.Kill()
	for end := time.Now().Add(2 * w.conf.FailoverAfter); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if !a.writable() {
			t.Fatalf("no writes while etcd is away\n%s", w)
		}
	}
	if s := a.c.Status(); !s.Failsafe || !s.Away {
		t.Errorf("the status is %+v", s)
	}
	w.mu.Lock()
	w.nodes["c"].up = false
	w.mu.Unlock()
	w.eventually("writes are refused without c", func() bool { return !a.writable() })
	w.mu.Lock()
	w.nodes["c"].up = true
	w.mu.Unlock()
	w.etcd.Restart()
	w.eventually("writes", a.writable)
	time.Sleep(w.conf.FailoverAfter)
	if l := w.leader(); l != a || l.epoch != epoch || a.c.Status().Away {
		t.Errorf("%s leads in epoch %d, was a in %d", l.id, l.epoch, epoch)
	}
}

// TestEtcdForgets: etcd has lost all data; the primary goes on, in no earlier epoch.
func TestEtcdForgets(t *testing.T) {
	w := newWorld(t, "a", "b", "c")
	a := w.settled()
	a.kill()
	l := w.leader()
	epoch := l.epoch
	w.etcd.Kill()
	if err := os.RemoveAll(w.etcd.Data); err != nil {
		t.Fatal(err)
	}
	w.etcd.Restart()
	w.eventually("registered anew", func() bool { return !l.c.Status().Away && l.c.Status().Members == 2 && l.writable() })
	if now := w.leader(); now != l || now.epoch < epoch {
		t.Errorf("%s leads in epoch %d, was %s in %d", now.id, now.epoch, l.id, epoch)
	}
}

// TestSecondaryRegistersFirst: etcd has lost all data, and a secondary registers long before the primary does. It does not
// stand while it follows the primary.
func TestSecondaryRegistersFirst(t *testing.T) {
	w := newWorld(t, "a", "b", "c")
	l := w.settled()
	l.stop() // it lives, and its secondaries follow it, but it does not reach etcd
	w.etcd.Kill()
	if err := os.RemoveAll(w.etcd.Data); err != nil {
		t.Fatal(err)
	}
	w.etcd.Restart()
	w.eventually("the secondaries have registered", func() bool {
		for _, f := range w.all() {
			if f != l && (f.c.Status().Members != 2 || f.c.Status().Away) {
				return false
			}
		}
		return true
	})
	time.Sleep(time.Second)
	for _, f := range w.all() {
		if epoch, primary := f.Leadership(); primary != l.id {
			t.Errorf("%s follows %s in epoch %d, although %s is there", f.id, primary, epoch, l.id)
		}
	}
}

// TestJoin: a member that is in no config is in everybody's topology, and forgotten after it has been away for long.
func TestJoin(t *testing.T) {
	w := newWorld(t)
	w.conf.ForgetAfter = 7 * time.Second
	for _, id := range []string{"a", "b", "c"} {
		w.add(id, 0)
	}
	a := w.settled()
	began := time.Now()
	d := w.add("d", 0)
	has := func(live bool) func() bool {
		return func() bool {
			w.mu.Lock()
			defer w.mu.Unlock()
			g, _ := a.topology.GroupOf("a")
			_, known := a.topology.Server("d")
			return known && len(g.Followers) == 3 == live
		}
	}
	w.eventually("d is there", has(true))
	t.Logf("it has joined after %v", time.Since(began))
	d.c.Leave()
	d.kill()
	w.eventually("d is gone from the group", func() bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		g, _ := a.topology.GroupOf("a")
		return len(g.Followers) == 2
	})
	w.mu.Lock()
	delete(w.nodes, "d")
	w.mu.Unlock()
	w.eventually("d is forgotten", func() bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		_, known := a.topology.Server("d")
		return !known
	})
}

// TestForced: a member that leads by force in a later epoch takes the primary's key.
func TestForced(t *testing.T) {
	w := newWorld(t, "a", "b", "c")
	a, b := w.settled(), w.nodes["b"]
	if err := b.Lead(a.epoch+5, "a", nil); err != nil {
		t.Fatal(err)
	}
	b.c.Led(true)
	w.eventually("b leads", func() bool { _, p := a.Leadership(); return p == "b" && b.writable() && !a.writable() })
}

// TestPlace: who has the most comes first.
func TestPlace(t *testing.T) {
	live := map[string]memberRecord{"a": {}, "b": {}, "c": {}, "d": {}}
	all := map[string]candidateRecord{
		"a": {After: 7, Complete: true, History: 2, Offset: 10}, "b": {After: 7, Complete: true, History: 2, Offset: 20},
		"c": {After: 7, History: 9, Offset: 99, Prefer: true}, "d": {After: 6, Complete: true, History: 3},
	}
	for id, want := range map[string]int{"b": 0, "a": 1, "c": 2} {
		if rank, missing := place(id, all[id], all, live); rank != want || missing != 1 {
			t.Errorf("%s is at %d, %d are missing; want %d and 1", id, rank, missing, want)
		}
	}
}

// TestTurnOfWhoLags: a member that has not taken part in the last epoch gives those that have not stood yet, and each better
// candidate, much longer. Otherwise a group whose members all started again at once, with etcd slow, lost what had been written
// before the last hand-over.
func TestTurnOfWhoLags(t *testing.T) {
	const failover = time.Second
	own := candidateRecord{After: 7, Complete: true, History: 2, Offset: 10}
	better := candidateRecord{After: 7, Knows: 7, Complete: true, History: 2, Offset: 20}
	for _, test := range []struct {
		knows  uint64
		stands bool // the other one
		want   time.Duration
	}{
		{7, false, turn}, {6, false, failover}, {7, true, turn}, {6, true, failover},
	} {
		c := &Coordinator{view: newView()}
		c.o.FailoverAfter = failover
		c.o.Self.ID, c.o.Self.Group = "a", "g"
		c.view.members["g"] = map[string]memberRecord{"a": {}, "b": {}}
		if test.stands {
			c.view.candidates["g"] = map[string]candidateRecord{"b": better}
		}
		own.Knows = test.knows
		c.rank, c.missing = math.MaxInt, math.MaxInt
		if due, _ := c.turnOf(0, own, primaryRecord{ID: "b", Epoch: 7}, []string{"b"}); due != test.want {
			t.Errorf("who knows epoch %d, and the other stands: %v: its turn is after %v, want %v", test.knows, test.stands, due, test.want)
		}
	}
}

// TestTurnOfWhoIsFirst: members that start again after a stop of all register, and stand, one after the other. Each gets its time
// from then on. The last primary, which has everything, waits for nobody.
func TestTurnOfWhoIsFirst(t *testing.T) {
	const failover = time.Second
	own := candidateRecord{After: 7, Complete: true, History: 2, Offset: 10}
	best := candidateRecord{After: 7, Complete: true, History: 2, Offset: 20}
	c := &Coordinator{view: newView(), candidacy: candidacy{rank: math.MaxInt, missing: math.MaxInt}}
	c.o.FailoverAfter = failover
	c.o.Self.ID, c.o.Self.Group = "a", "g"
	c.view.members["g"] = map[string]memberRecord{"a": {}}
	for _, step := range []struct {
		what      string
		happens   func()
		now, want time.Duration
	}{
		{"nobody else has registered", func() {}, 0, failover},
		{"another member registers", func() { c.view.members["g"]["b"] = memberRecord{} }, failover / 2, failover/2 + failover},
		{"it stands, with more", func() { c.view.candidates["g"] = map[string]candidateRecord{"b": best} }, failover * 4 / 3, failover*4/3 + failover},
		{"time passes", func() {}, 2 * failover, failover*4/3 + failover},
		{"it is gone", func() { delete(c.view.members["g"], "b") }, 2 * failover, failover*4/3 + failover},
	} {
		step.happens()
		if due, _ := c.turnOf(step.now, own, primaryRecord{ID: "b", Epoch: 7}, []string{"b"}); due != step.want {
			t.Errorf("%s after %v: its turn is after %v, want %v", step.what, step.now, due, step.want)
		}
	}
	if due, _ := c.turnOf(0, own, primaryRecord{ID: "a", Epoch: 7}, []string{"b"}); due != failover*4/3 {
		t.Errorf("the last primary waits for others until %v", due)
	}
}

// TestIdle: members that live write nothing into etcd.
func TestIdle(t *testing.T) {
	w := newWorld(t, "a", "b", "c")
	w.settled()
	c := w.client()
	revision := func() int64 {
		t.Helper()
		got, err := c.Get(t.Context(), "any")
		if err != nil {
			t.Fatal(err)
		}
		return got.Header.Revision
	}
	var before int64
	w.eventually("nothing is written", func() bool {
		before = revision()
		time.Sleep(100 * time.Millisecond)
		return revision() == before
	})
	time.Sleep(2 * w.conf.FailoverAfter)
	if now := revision(); now != before {
		t.Errorf("%d writes in %v", now-before, 2*w.conf.FailoverAfter)
	}
}
