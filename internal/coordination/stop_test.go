package coordination

import (
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/epochs"
	"github.com/cachegopher/cachegopher/internal/topology"
)

// TestLeaveHandsOver: a node that is told to stop hands over if it leads, also if only the old primary has told it so and etcd's change
// has not reached it yet: it may have executed writes that nobody else has.
func TestLeaveHandsOver(t *testing.T) {
	for _, test := range []struct {
		etcd  string // who leads by what the node knows of etcd
		leads bool
		want  bool
	}{{"c", true, true}, {"b", true, true}, {"b", false, false}} {
		s := newSubject(t, false, topology.Server{ID: "b", Group: "a", Addresses: []string{"b:1"}})
		lease := map[string]int64{"b": ownLease + 1, "c": ownLease}
		s.has(t, 1, 5, func() {
			s.registers("b", lease["b"], "first")
			s.registers("c", lease["c"], "first")
			s.led(test.etcd, epochs.Next(4_000_000, test.etcd), lease[test.etcd])
		})
		s.part.Leads = test.leads
		if s.Leave(); s.handsOver != test.want {
			t.Errorf("%s leads in etcd, this node leads: %v: it hands over: %v, want %v", test.etcd, test.leads, s.handsOver, test.want)
		}
	}
}

// TestLeaveLedLate: another primary hands over to a node that is about to leave. Nothing has told the node so yet, but etcd has it as
// the primary: so it does not leave, but waits until it leads, and hands over. If it is not told in time, it leaves.
func TestLeaveLedLate(t *testing.T) {
	for _, test := range []struct {
		told time.Duration
		want bool
	}{{50 * time.Millisecond, true}, {time.Minute, false}} {
		s := newSubject(t, false, topology.Server{ID: "b", Group: "a", Addresses: []string{"b:1"}})
		records := func(leads string, lease int64) func() {
			return func() {
				s.registers("b", ownLease+1, "first")
				s.registers("c", ownLease, "first")
				s.led(leads, epochs.Next(4_000_000, leads), lease)
			}
		}
		s.has(t, 1, 5, records("b", ownLease+1))
		s.kvs = nil
		records("c", ownLease)()
		began := s.clock
		s.paused = func() { s.part.Leads = s.part.Leads || s.clock >= began+test.told }
		if s.Leave(); s.handsOver != test.want || s.forgot != "" || s.clock > began+5*time.Second {
			t.Errorf("told after %v: it hands over: %v, deletes %q, and takes %v", test.told, s.handsOver, s.forgot, s.clock-began)
		}
	}
}
