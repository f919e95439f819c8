package coordination

import (
	"testing"

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
