package scale

import (
	"strings"
	"testing"
)

// link is what a node or etcd sends in a second: 10 Gbit/s.
const link = 1.25e9

// TestPushes computes the table of what pushes of one change cost, if each client watches at each node.
func TestPushes(t *testing.T) {
	var b strings.Builder
	row(&b, "nodes", "clients", "assignment", "document", "pushes", "a client receives", "a node sends", "which takes it")
	row(&b, "---:", "---:", "---", "---:", "---:", "---:", "---:", "---:")
	for _, groups := range []int{3, 33, 333} {
		for _, clients := range []float64{1e3, 1e5, 1e6} {
			for _, p := range placements[1:] {
				top := cluster(groups)
				top.Slots = p.of(top)
				nodes, document := float64(3*groups), float64(len(encoded(t, top)))
				row(&b, 3*groups, count(clients), p.name, size(document), count(clients*nodes), size(nodes*document),
					size(clients*document), duration(clients*document/link))
			}
		}
	}
	compare(t, "pushes", b.String())
}

// TestLeases computes the table of requests that keep members registered.
func TestLeases(t *testing.T) {
	var b strings.Builder
	row(&b, "nodes", "`failover_after`", "renewals/s", "comparisons/s")
	row(&b, "---:", "---:", "---:", "---:")
	for _, groups := range groupCounts {
		for _, seconds := range []float64{2, 10} {
			nodes := float64(3 * groups)
			row(&b, 3*groups, duration(seconds), count(nodes/(seconds/3)), count(nodes/seconds))
		}
	}
	compare(t, "leases", b.String())
}
