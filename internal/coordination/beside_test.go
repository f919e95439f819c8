package coordination

import (
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/topology"
	"github.com/cachegopher/cachegopher/replica"
)

// TestNobodyStandsBesidePrimary: etcd has lost its data, or has an older copy, while a living primary does not reach it. Its
// secondary stands only after it has left that primary: when it has confirmed nothing for failover_after.
func TestNobodyStandsBesidePrimary(t *testing.T) {
	for name, c := range map[string]struct {
		joined bool
		has    func(s *subject)
	}{
		"lost, of a member that knows no other": {true, func(*subject) {}},
		"lost":                                  {false, func(*subject) {}},
		"a copy in which it led":                {false, func(s *subject) { s.led("c", 3, 0) }},
		"a copy whose primary has restarted": {false, func(s *subject) {
			s.led("b", 3, 0)
			s.registers("b", 2, "second")
		}},
	} {
		t.Run(name, func(t *testing.T) {
			var servers []topology.Server
			if !c.joined {
				servers = []topology.Server{{ID: "a", Group: "a"}, {ID: "b", Group: "a"}}
			}
			s := newSubject(t, c.joined, servers...)
			s.epoch, s.primary = 5, "a"
			s.part = State{Linked: true, Position: replica.Position{Complete: true, Offset: 100}}
			s.has(t, 1, 10, func() {
				s.registers("a", 1, "first")
				s.registers("c", ownLease, "first")
				s.led("a", 5, 1)
			})
			s.Decide(t.Context())
			s.has(t, 2, 5, func() {
				s.registers("c", ownLease, "first")
				c.has(s)
			})
			s.takeTurns(t.Context(), time.Minute, func() bool { return s.stood || s.renounces })
			if s.stood || !s.renounces {
				t.Fatalf("it has become a candidate: %v; it does not confirm any more: %v", s.stood, s.renounces)
			}
			left := s.clock
			s.takeTurns(t.Context(), time.Minute, func() bool { return s.stood })
			if after := s.clock - left; !s.stood || after < s.o.FailoverAfter {
				t.Errorf("it stands %v, %v after its last confirmation", s.stood, after)
			}
		})
	}
}

// TestNobodyStandsAtOnce: etcd has lost its data, and a secondary has not heard from its primary for long: it had noticed
// that it is silent. But the primary may still have a lease that etcd does not know any more.
func TestNobodyStandsAtOnce(t *testing.T) {
	s := newSubject(t, false, topology.Server{ID: "a", Group: "a"})
	s.epoch, s.primary = 5, "a"
	s.part = State{Heard: time.Hour, Position: replica.Position{Complete: true, Offset: 100}}
	s.has(t, 1, 10, func() {
		s.registers("c", ownLease, "first")
		s.led("a", 5, 1)
	})
	s.Decide(t.Context())
	s.has(t, 2, 5, func() { s.registers("c", ownLease, "first") })
	forgot := s.clock
	s.takeTurns(t.Context(), time.Minute, func() bool { return s.stood })
	if after := s.clock - forgot; !s.stood || after < s.o.FailoverAfter || after > 2*s.o.FailoverAfter {
		t.Errorf("it stands %v, after %v", s.stood, after)
	}
}

// TestRestartedWithoutEtcd: while etcd is away a primary restarts and learns from a secondary that it leads. It takes writes
// only once all secondaries confirm that they follow it.
func TestRestartedWithoutEtcd(t *testing.T) {
	s := newSubject(t, false, topology.Server{ID: "a", Group: "a"}, topology.Server{ID: "b", Group: "a"})
	s.lease = 0
	s.lost(errAway)
	s.epoch, s.primary, s.part.Leads = 5, "c", true
	s.following = replica.Following{All: 2, Connected: 1, Confirm: 1}
	s.Led(false)
	if !s.fenced() {
		t.Errorf("it takes writes by one secondary's word; the fence is at %v", s.fence)
	}
	s.following = replica.Following{All: 2, Connected: 2, Confirm: 2}
	s.Guard(t.Context())
	if s.fenced() || s.fence == 0 {
		t.Errorf("it takes no writes although all confirm, or forever; the fence is at %v", s.fence)
	}
}

// TestFoundsLate: a joining node without data finds an empty etcd. It founds its group only when members of that group, which
// it does not know, would have registered if they lived.
func TestFoundsLate(t *testing.T) {
	for _, lives := range []bool{false, true} {
		s := newSubject(t, true)
		s.has(t, 1, 2, func() { s.registers("c", ownLease, "first") })
		began := s.clock
		s.takeTurns(t.Context(), 3*time.Second, func() bool { return s.claimed })
		if s.claimed {
			t.Fatalf("it founds the group after %v", s.clock-began)
		}
		if lives {
			s.has(t, 1, 4, func() {
				s.registers("c", ownLease, "first")
				s.registers("a", 1, "first")
				s.led("a", 5, 1)
			})
		}
		s.takeTurns(t.Context(), time.Minute, func() bool { return s.claimed })
		if s.claimed == lives || lives && (s.primary != "a" || s.epoch != 5) {
			t.Errorf("another member lives: %v. It founds the group: %v; it follows %s in epoch %d", lives, s.claimed, s.primary, s.epoch)
		}
	}
}

// TestStaysAfterEtcdAway: while etcd was away the group has lost its primary's key, and this secondary is the first to reach
// etcd again. It does not leave its primary before that has had time to register.
func TestStaysAfterEtcdAway(t *testing.T) {
	s := newSubject(t, false, topology.Server{ID: "a", Group: "a"})
	s.epoch, s.primary = 5, "a"
	s.part = State{Linked: true, Position: replica.Position{Complete: true, Offset: 100}}
	s.has(t, 1, 10, func() {
		s.registers("c", ownLease, "first")
		s.led("a", 5, 0)
	})
	s.lost(errAway)
	s.takeTurns(t.Context(), time.Minute, func() bool { return false })
	s.found()
	if _, err := s.Read(t.Context()); err != nil {
		t.Fatal(err)
	}
	back := s.clock
	s.takeTurns(t.Context(), time.Minute, func() bool { return s.renounces })
	if after := s.clock - back; !s.renounces || after < 2*s.o.FailoverAfter {
		t.Errorf("it does not confirm any more: %v, %v after etcd is back", s.renounces, after)
	}
}
