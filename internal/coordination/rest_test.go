package coordination

import (
	"errors"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/topology"
	"github.com/cachegopher/cachegopher/replica"
)

// elected returns a member to which etcd has given the lead, by a lease renewed just now.
func elected(t *testing.T) *subject {
	s := newSubject(t, false, topology.Server{ID: "b", Group: "a"})
	s.following = replica.Following{All: 1, Connected: 1, Confirm: 1}
	s.renewed = s.clock
	s.has(t, 1, 10, func() { s.led("c", 5, ownLease) })
	s.Decide(t.Context())
	if !s.part.Leads || s.fenced() {
		t.Fatal("it does not lead")
	}
	s.Asked()
	return s
}

var errAway = errors.New("etcd is away")

// TestRest: a member that has its part is given turns rarely, and its fence is set by nothing but renewals. Once etcd is
// away, a primary's fence is set often.
func TestRest(t *testing.T) {
	s := elected(t)
	if decide, guard := s.Decide(t.Context()), s.Guard(t.Context()); decide != restEvery || guard != rest {
		t.Errorf("a primary decides each %v, and is guarded each %v", decide, guard)
	}
	s.lost(errAway)
	if _, _, _, guard := s.Asked(); !guard || s.Guard(t.Context()) != guardEvery {
		t.Error("without etcd its fence is not guarded")
	}
	s.found()
	s.part.Leads, s.part.Linked, s.primary = false, true, "b"
	s.has(t, 1, 11, func() { s.led("b", 6, 1) })
	s.Decide(t.Context())
	if decide, guard := s.Decide(t.Context()), s.Guard(t.Context()); decide != restEvery || guard != rest {
		t.Errorf("a secondary decides each %v, and is guarded each %v", decide, guard)
	}
	s.part.Linked = false
	if decide := s.Decide(t.Context()); decide > tickEvery {
		t.Errorf("a secondary without a stream decides each %v", decide)
	}
	s.lost(errAway)
	if _, _, _, guard := s.Asked(); guard {
		t.Error("a secondary is guarded")
	}
	s.epoch, s.primary, s.part.Leads = 7, "c", true // promoted by force
	s.Led(true)
	if _, _, _, guard := s.Asked(); !guard || s.Guard(t.Context()) != guardEvery || s.fence != 0 {
		t.Error("a primary promoted by force is not guarded")
	}
}

// TestLateRenewals: each renewal succeeds so late that etcd does not count as away. The fence is never passed meanwhile.
func TestLateRenewals(t *testing.T) {
	s := elected(t)
	s.answers = 660 * time.Millisecond
	for range 5 {
		until := s.fence
		pause := s.Keep(t.Context())
		// The next one may fail: only after a third of failover_after is that known.
		if s.fence < until || s.clock+pause+s.o.FailoverAfter/3 >= s.fence {
			t.Fatalf("the fence is passed before the renewal after %v can fail: %v from now", pause, s.fence-s.clock)
		}
		s.clock += pause
	}
	// A lease that is claimed long after it was granted is about to end; its secondaries' word counts.
	s.clock = s.renewed + s.o.FailoverAfter - s.margin()
	if s.Guard(t.Context()); s.fenced() {
		t.Error("the fence is passed although all secondaries confirm")
	}
}

// TestRenewalInOlderCopy stops a primary for longer than failover_after. Meanwhile another member was elected, and etcd was
// restored from a copy that has this member's lease: its renewal succeeds.
func TestRenewalInOlderCopy(t *testing.T) {
	s := elected(t)
	s.following = replica.Following{All: 1}
	for at, leader := range []string{s.o.Self.ID, "b"} { // stopped, but nobody else was elected; then with an older copy
		if s.clock += 2 * s.o.FailoverAfter; !s.fenced() {
			t.Fatal("it acknowledges writes after the end of its lease")
		}
		s.kvs = nil
		s.led(leader, 1, ownLease*int64(1-at)+8*int64(at))
		s.Keep(t.Context())
		if _, read, _, _ := s.Asked(); s.fenced() != (at == 1) || read != (at == 1) {
			t.Errorf("%s has the primary's key: fenced %v, reads the view anew %v", leader, s.fenced(), read)
		}
	}
}
