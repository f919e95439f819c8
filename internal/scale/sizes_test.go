package scale

import (
	"encoding/json"
	"net"
	"strconv"
	"strings"
	"testing"

	"github.com/cachegopher/cachegopher/internal/topology"
	"github.com/cachegopher/cachegopher/lru"
	"github.com/cachegopher/cachegopher/server/session"
	"github.com/cachegopher/cachegopher/server/session/dialecttest"
)

// sizes are those of what a cluster says about itself, in bytes.
type sizes struct {
	topology, slots, shards, nodes int // the replies of TOPOLOGY, CLUSTER SLOTS, SHARDS and NODES
	stored                         int // the value in etcd; 0: there is none
	ranges                         int
}

// storedSlots is the value of the key slots in etcd.
type storedSlots struct {
	Format   int                  `json:"format"`
	Version  uint64               `json:"version"`
	Owners   []topology.SlotOwner `json:"owners"`
	Moves    []topology.Move      `json:"moves"`
	Removing []topology.Move      `json:"removing"`
}

func encoded(t testing.TB, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// clusterOf returns what sessions know of a topology. It is as internal/node makes it.
func clusterOf(t testing.TB, top *topology.Topology) *session.Cluster {
	t.Helper()
	owners, err := new(topology.Ownership).Of(top)
	if err != nil {
		t.Fatal(err)
	}
	groups := make([]session.ClusterGroup, len(top.Groups))
	for i, g := range top.Groups {
		groups[i] = session.ClusterGroup{Name: g.Name, Epoch: g.Epoch}
		for _, id := range g.Members() {
			s, _ := top.Server(id)
			host, port, _ := net.SplitHostPort(s.Addresses[0])
			number, _ := strconv.Atoi(port)
			groups[i].Members = append(groups[i].Members, session.ClusterMember{ID: id, Plain: session.Endpoint{Host: host, Port: number}})
		}
	}
	return session.NewCluster(top.Servers[0].ID, groups, owners)
}

// measure returns the sizes of a topology, from a session for those of clients of Redis Cluster.
func measure(t testing.TB, top *topology.Topology) (s sizes) {
	t.Helper()
	s.topology = len(encoded(t, top))
	if top.Slots != nil {
		s.stored = len(encoded(t, storedSlots{Format: 1, Version: top.Slots.Version, Owners: top.Slots.Owners}))
	}
	of := clusterOf(t, top)
	for _, g := range of.Groups {
		s.ranges += len(g.Ranges)
	}
	c := dialecttest.Connect(t, lru.Options{})
	defer c.Close()
	c.Node.SetCluster(of)
	c.Do("HELLO", "3")
	s.slots, s.shards, s.nodes = len(c.Do("CLUSTER", "SLOTS")), len(c.Do("CLUSTER", "SHARDS")), len(c.Do("CLUSTER", "NODES"))
	return s
}

// TestSizes computes the table of sizes.
func TestSizes(t *testing.T) {
	var b strings.Builder
	row(&b, "nodes", "assignment", "ranges", "`TOPOLOGY`", "`CLUSTER SLOTS`", "`CLUSTER SHARDS`", "`CLUSTER NODES`", "value in etcd")
	row(&b, "---:", "---", "---:", "---:", "---:", "---:", "---:", "---:")
	for _, groups := range groupCounts {
		for _, p := range placements {
			top := cluster(groups)
			top.Slots = p.of(top)
			s := measure(t, top)
			stored := "none"
			if s.stored > 0 {
				stored = size(float64(s.stored))
			}
			row(&b, 3*groups, p.name, s.ranges, size(float64(s.topology)), size(float64(s.slots)), size(float64(s.shards)), size(float64(s.nodes)), stored)
		}
	}
	compare(t, "sizes", b.String())
}
