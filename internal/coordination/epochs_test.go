package coordination

import (
	"strings"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/epochs"
	"github.com/cachegopher/cachegopher/internal/topology"
	"github.com/cachegopher/cachegopher/replica"
)

// rivalOfC has the number of the member c in epochs.
const rivalOfC = "m406628"

// newCandidate returns a member with data, of a group whose primary a is dead.
func newCandidate(t *testing.T, others ...string) *subject {
	var servers []topology.Server
	for _, id := range others {
		servers = append(servers, topology.Server{ID: id, Group: "a"})
	}
	s := newSubject(t, false, servers...)
	s.part = State{Heard: time.Hour, Position: replica.Position{Complete: true, Offset: 100}}
	s.has(t, 1, 10, func() {
		s.registers("c", ownLease, "first")
		s.led("a", epochs.Next(4_000_000, "a"), 0)
	})
	return s
}

// TestClaimsOwnEpoch: the winner of an election leads in an epoch of its own, later than any that a candidate knows.
func TestClaimsOwnEpoch(t *testing.T) {
	for _, known := range []uint64{0, epochs.Next(7_000_000, "b")} {
		s := newCandidate(t, "a", "b")
		s.epoch, s.primary = known, "b"
		s.takeTurns(t.Context(), time.Minute, func() bool { return s.claimed })
		if want := epochs.Next(max(known, epochs.Next(4_000_000, "a")), "c"); s.claims.Epoch != want || s.claims.ID != "c" {
			t.Errorf("it knows %d, and claims %+v; want epoch %d", known, s.claims, want)
		}
	}
}

// TestRivalDoesNotLead: a member whose epochs would be those of another does not become the primary, but goes on if it leads.
func TestRivalDoesNotLead(t *testing.T) {
	s := newCandidate(t, "a", rivalOfC)
	s.takeTurns(t.Context(), time.Minute, func() bool { return s.claimed })
	if s.claimed {
		t.Errorf("it claims %+v, which %s may have", s.claims, rivalOfC)
	}
	own := epochs.Next(8_000_000, "c")
	s.epoch, s.primary, s.part.Leads = own, "c", true
	s.takeTurns(t.Context(), time.Minute, func() bool { return s.claimed })
	if s.claims.Epoch != own {
		t.Errorf("it leads in epoch %d and claims %+v", own, s.claims)
	}
}

// TestReadsBeforeElection: etcd was away, and may have lost data since. Nobody stands until it has read what etcd has now.
func TestReadsBeforeElection(t *testing.T) {
	s := newCandidate(t, "a", "b")
	s.lost(errAway)
	s.found()
	s.takeTurns(t.Context(), time.Minute, func() bool { return s.stood })
	if s.stood || s.claimed {
		t.Errorf("it stands: %v; it claims %+v", s.stood, s.claims)
	}
	if _, err := s.Read(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.takeTurns(t.Context(), time.Minute, func() bool { return s.claimed })
	if !s.claimed {
		t.Error("it does not become the primary")
	}
}

// TestNoHandOverToRival: a primary hands over to no member whose epochs would be those of another.
func TestNoHandOverToRival(t *testing.T) {
	s := newSubject(t, false, topology.Server{ID: rivalOfC, Group: "a"}, topology.Server{ID: "b", Group: "a"})
	own := epochs.Next(0, "c")
	s.has(t, 1, 10, func() {
		for i, id := range []string{"b", rivalOfC} {
			s.registers(id, int64(i+1), "first")
		}
		s.registers("c", ownLease, "first")
		s.led("c", own, ownLease)
	})
	if _, err := s.Transfer(own, rivalOfC); err == nil || !strings.Contains(err.Error(), "epochs") {
		t.Errorf("hand-over to the rival: %v", err)
	}
	s.claimed = false
	if _, _ = s.Transfer(own, "b"); !s.claimed || s.claims.ID != "b" || s.claims.Epoch != epochs.Next(own, "b") {
		t.Errorf("hand-over to b: %+v; want epoch %d", s.claims, epochs.Next(own, "b"))
	}
}

// TestOlderCopyUnheard: etcd is restored from a copy that names an earlier primary, and the next winner has never heard of
// those that led since. They have led in no common epoch.
func TestOlderCopyUnheard(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "a", "b")
	a := w.settled()
	restore := w.copyEtcd(a)
	a.kill()
	b := w.leader()
	b.kill()
	restore()
	w.add("c", 100)
	if c := w.leader(); c.id != "c" || c.epoch == b.epoch || c.epoch%1_000_000 != epochs.Number("c") {
		t.Errorf("%s leads in epoch %d, b led in %d\n%s", c.id, c.epoch, b.epoch, w)
	}
}
