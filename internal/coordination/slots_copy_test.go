package coordination

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/cachegopher/cachegopher/internal/topology"
	"github.com/cachegopher/cachegopher/ring"
)

// TestTwoChangeAtOnce: of two nodes that start moves for the same assignment one does, and two commits at once are both recorded.
func TestTwoChangeAtOnce(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	etcd := p.client()
	s := p.found()
	moves := []topology.Move{{From: "a", To: "b", Ranges: some(&s, "a", 50)}, {From: "b", To: "a", Ranges: some(&s, "b", 50)}}
	faults := p.both(func(f *fake) error { return f.c.Start(t.Context(), s.Version, moves) })
	lost := slices.IndexFunc(faults, func(err error) bool { return err != nil })
	if lost < 0 || faults[1-lost] != nil || !errors.Is(faults[lost], ErrChanged) && !errors.Is(faults[lost], errUnderWay) {
		t.Fatalf("two starts: %v", faults)
	}
	p.eventually("both know of the moves", func() bool { return len(p.a.c.Assignment().Moves) == 2 && len(p.b.c.Assignment().Moves) == 2 })
	moves = p.a.c.Assignment().Moves
	faults = p.both(func(f *fake) error {
		m := moves[0]
		if f == p.b {
			m = moves[1]
		}
		to, _ := f.c.Taker(m.To)
		_, err := f.c.Commit(t.Context(), m.ID, to)
		return err
	})
	is := p.inEtcd(etcd)
	if err := errors.Join(faults...); err != nil || is.version() != s.Version+3 || len(is.Removing) != 2 ||
		!is.Slots.OwnedBy("b", moves[0].Ranges) || !is.Slots.OwnedBy("a", moves[1].Ranges) {
		t.Fatalf("two commits: %v; version %d after %d, %d to be removed", err, is.version(), s.Version, len(is.Removing))
	}
	p.eventually("both know", func() bool {
		a, b := p.a.c.Assignment(), p.b.c.Assignment()
		return a.version() == is.version() && b.version() == is.version()
	})
	time.Sleep(100 * time.Millisecond)
	if now := p.inEtcd(etcd); now.revision != is.revision {
		t.Error("somebody takes what was written for older than what it knows")
	}
}

// both calls do for both members at once.
func (p *pair) both(do func(*fake) error) []error {
	faults := make(chan error)
	go func() { faults <- do(p.a) }()
	first := do(p.b)
	return []error{<-faults, first}
}

// TestSlotsInOlderCopy: etcd is restored from a copy that was made before a commit. The later assignment is put back, with a
// version that is not lower, and the nodes never return to the older one.
func TestSlotsInOlderCopy(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	m, _ := p.moving()
	restore := p.copyEtcd(p.a)
	version := p.committed(&m)
	restore()
	p.putBack(&m, version)
}

// TestSlotsDeleted: all that etcd has is deleted. A node puts the assignment back.
func TestSlotsDeleted(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	m, _ := p.moving()
	version := p.committed(&m)
	if _, err := p.client().Delete(t.Context(), "/cachegopher/", clientv3.WithPrefix()); err != nil {
		t.Fatal(err)
	}
	p.putBack(&m, version)
	p.eventually("both lead", func() bool { _, a := p.a.c.Leading(); _, b := p.b.c.Leading(); return a && b })
	p.eventually("moves go on", func() bool { return p.a.c.Removed(t.Context(), m.ID) == nil && len(p.b.c.Assignment().Removing) == 0 })
}

// TestFirstBesideKnown: etcd has lost its data, and a primary that knew of no assignment has made a first one before the others
// came back. They put back what they know.
func TestFirstBesideKnown(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	etcd := p.client()
	first := p.found()
	if is := p.inEtcd(etcd); !is.First {
		t.Error("the first assignment does not say that it is")
	}
	p.start(p.a, []topology.Move{{From: "a", To: "b", Ranges: some(&first, "a", 100)}})
	if is := p.inEtcd(etcd); is.First {
		t.Error("a later assignment counts as the first")
	}
	m := p.a.c.Assignment().Moves[0]
	version := p.committed(&m)
	again := first
	again.Version = uint64(time.Now().Unix()) + 30
	made := slotsRecord{Format: format, Assignment: Assignment{Slots: &again, First: true}}
	if _, err := etcd.Put(t.Context(), keysOf("test").slots(), encode(made)); err != nil {
		t.Fatal(err)
	}
	p.putBack(&m, version)
	if is := p.inEtcd(etcd); is.version() <= again.Version {
		t.Errorf("version %d was put back, those who know the first one are at %d", is.version(), again.Version)
	}
}

// TestSupersedes: which assignments a node takes from etcd, by the one that it knows.
func TestSupersedes(t *testing.T) {
	now := uint64(time.Now().Unix())
	of := func(version uint64, first bool, owner string) *Assignment {
		owners := make([]string, ring.Slots)
		for i := range owners {
			owners[i] = owner
		}
		return &Assignment{Slots: topology.NewSlots(version, owners), First: first}
	}
	for name, c := range map[string]struct {
		known, is *Assignment
		want      bool
	}{
		"nothing is known":            {new(Assignment), of(now, true, "a"), false},
		"a later one":                 {of(now, true, "a"), of(now+1, false, "b"), false},
		"the same":                    {of(now, true, "a"), of(now, true, "a"), false},
		"an older one":                {of(now, false, "a"), of(now-1, false, "b"), true},
		"another of the same version": {of(now, false, "a"), of(now, false, "b"), true},
		"none":                        {of(now, false, "a"), new(Assignment), true},
		"a first one":                 {of(now-1000, false, "a"), of(now, true, "b"), true},
		"a first one of long ago":     {of(now-100_000, false, "a"), of(now-1000, true, "b"), false},
	} {
		if got := c.known.supersedes(c.is); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// committed commits a move, and waits until both know.
func (p *pair) committed(m *topology.Move) (version uint64) {
	p.t.Helper()
	p.eventually("the move is committed", func() bool {
		to, led := p.a.c.Taker("b")
		var err error
		if led {
			version, err = p.a.c.Commit(p.t.Context(), m.ID, to)
		}
		return led && err == nil
	})
	p.eventually("b knows", func() bool {
		now := p.b.c.Assignment()
		return now.version() == version && p.owned(p.b, "b") > p.owned(p.b, "a")
	})
	return version
}

// putBack waits until etcd has an assignment in which the move is done, of a version that is not lower. Meanwhile no node
// publishes another one.
func (p *pair) putBack(m *topology.Move, version uint64) {
	p.t.Helper()
	etcd := p.client()
	p.eventually("the assignment is put back", func() bool {
		for _, f := range []*fake{p.a, p.b} {
			if now := f.c.Assignment(); now.version() < version || !now.Slots.OwnedBy("b", m.Ranges) {
				p.t.Fatalf("%s has returned to version %d, was %d", f.id, now.version(), version)
			}
		}
		answer, err := etcd.Get(p.t.Context(), keysOf("test").slots())
		v := newView()
		if err != nil || len(answer.Kvs) == 0 || v.apply(keysOf("test"), answer.Kvs[0], false) != nil {
			return false
		}
		return v.slots.version() >= version && v.slots.Slots.OwnedBy("b", m.Ranges) && len(v.slots.Removing) == 1 && len(v.slots.Moves) == 0
	})
}

// TestStartNamesOldMembers: moves do not start while a member is registered whose release does not know them.
func TestStartNamesOldMembers(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	etcd := p.client()
	s := p.found()
	old := keysOf("test").member("b", "older")
	if _, err := etcd.Put(t.Context(), old, encode(memberRecord{Format: format, Addresses: []string{"older:1"}, Instance: "x"})); err != nil {
		t.Fatal(err)
	}
	moves := []topology.Move{{From: "a", To: "b", Ranges: some(&s, "a", 1)}}
	p.eventually("the old member is known", func() bool { return len(p.a.c.withoutMoves()) > 0 })
	if err := p.a.c.Start(t.Context(), s.Version, moves); err == nil || !strings.Contains(err.Error(), "older") {
		t.Errorf("with an old member: %v", err)
	}
	if _, err := etcd.Delete(t.Context(), old); err != nil {
		t.Fatal(err)
	}
	p.eventually("the old member is gone", func() bool { return len(p.a.c.withoutMoves()) == 0 })
	p.start(p.a, moves)
}

// TestOwnerOutsideConfig: a group that owns slots stays in the topology if no config names it and none of its members runs. Only
// if etcd has forgotten them, too, do others get its slots, so that what is published makes sense.
func TestOwnerOutsideConfig(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	etcd := p.client()
	p.moving()
	p.b.kill()
	p.a.c.SetConfig(&topology.Topology{Groups: []topology.Group{{Name: "a", Leader: "a"}}, Servers: []topology.Server{{ID: "a", Group: "a", Addresses: []string{"a:1"}}}})
	now := func() *topology.Topology {
		p.a.w.mu.Lock()
		defer p.a.w.mu.Unlock()
		return p.a.topology
	}
	p.eventually("b is only known by etcd", func() bool {
		p.a.c.mu.Lock()
		defer p.a.c.mu.Unlock()
		return len(p.a.c.view.members["b"]) == 0
	})
	if top := now(); len(top.Groups) != 2 || len(top.Moves) != 1 || top.CheckSlots() != nil || p.owned(p.a, "b") == 0 {
		t.Fatalf("groups %v, %d moves, b owns %d slots; %v", top.Groups, len(top.Moves), p.owned(p.a, "b"), top.CheckSlots())
	}
	if _, err := etcd.Delete(t.Context(), keysOf("test").known("b", "b")); err != nil {
		t.Fatal(err)
	}
	p.eventually("a has all slots", func() bool { return p.owned(p.a, "a") == ring.Slots })
	if top := now(); len(top.Groups) != 1 || len(top.Moves) != 0 || top.CheckSlots() != nil {
		t.Fatalf("groups %v, %d moves; %v", top.Groups, len(top.Moves), top.CheckSlots())
	}
	if a := p.a.c.Assignment(); a.Slots.OwnedBy("a", topology.SlotRanges{{First: 0, Last: ring.Slots - 1}}) {
		t.Error("b's slots are forgotten")
	}
}
