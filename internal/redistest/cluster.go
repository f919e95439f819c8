package redistest

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/wire"
)

// clusterPort is the port of each node of a cluster, whose addresses differ.
const clusterPort = 7000

// ClusterNode is a redis-server in cluster mode.
type ClusterNode struct {
	*Server
	Host string
	Port int
	ID   string // of 40 digits
}

// StartCluster starts a Redis Cluster with a primary for each element of slots, which are those that it owns, and a replica
// of each of the first replicas primaries. The primaries come first.
func StartCluster(t testing.TB, slots [][]int, replicas int) (nodes []*ClusterNode) {
	t.Helper()
	network := fmt.Sprintf("127.%d.%d.", 1+rand.IntN(250), rand.IntN(256)) // no other process uses it
	for i := range len(slots) + replicas {
		n := &ClusterNode{Host: network + strconv.Itoa(1+i), Port: clusterPort}
		n.Server = Start(t, "--port", strconv.Itoa(n.Port), "--bind", n.Host, "--cluster-announce-ip", n.Host, "--cluster-enabled", "yes", "--cluster-node-timeout", "60000", "--protected-mode", "no")
		n.ID = n.do(t, "CLUSTER", "MYID")
		if i < len(slots) {
			add := []string{"CLUSTER", "ADDSLOTS"}
			for _, slot := range slots[i] {
				add = append(add, strconv.Itoa(slot))
			}
			n.do(t, add...)
		}
		if i > 0 {
			nodes[0].do(t, "CLUSTER", "MEET", n.Host, strconv.Itoa(n.Port))
		}
		nodes = append(nodes, n)
	}
	awaitAll(t, nodes, func(n *ClusterNode) bool {
		return strings.Contains(n.do(t, "CLUSTER", "INFO"), fmt.Sprintf("cluster_state:ok\r\ncluster_slots_assigned:16384\r\ncluster_slots_ok:16384\r\ncluster_slots_pfail:0\r\ncluster_slots_fail:0\r\ncluster_known_nodes:%d\r\n", len(nodes)))
	})
	for i, n := range nodes[len(slots):] {
		n.do(t, "CLUSTER", "REPLICATE", nodes[i].ID)
		nodes[i].do(t, "FLUSHALL") // with an offset of 0 a replica counts as loading
	}
	awaitAll(t, nodes, func(n *ClusterNode) bool { // each knows of all, and has spoken to them
		list := n.do(t, "CLUSTER", "NODES")
		return strings.Count(list, "slave ") == replicas && strings.Count(list, " connected") == len(nodes) && !strings.Contains(list, "fail") &&
			!strings.Contains(n.ask(t, "CLUSTER", "SHARDS").Raw, "loading") && (n.isPrimary(t) || strings.Contains(n.do(t, "INFO", "replication"), "master_link_status:up"))
	})
	return nodes
}

func (n *ClusterNode) isPrimary(t testing.TB) bool {
	return strings.Contains(n.do(t, "INFO", "replication"), "role:master")
}

// do sends a request and returns the text of its reply.
func (n *ClusterNode) do(t testing.TB, args ...string) string {
	t.Helper()
	return n.ask(t, args...).Text
}

func (n *ClusterNode) ask(t testing.TB, args ...string) wire.Reply {
	t.Helper()
	c := n.Dial(t)
	defer c.Close() //nolint:errcheck // done with it
	replies, err := c.Exchange(wire.Request(nil, args...), 1)
	if err != nil || replies[0].Kind == '-' {
		t.Fatalf("redis-server: %.100q: %v %v", args, replies, err)
	}
	return replies[0]
}

func awaitAll(t testing.TB, nodes []*ClusterNode, is func(*ClusterNode) bool) {
	t.Helper()
	limit := time.Now().Add(2 * patience)
	for _, n := range nodes {
		for !is(n) {
			if time.Now().After(limit) {
				t.Fatalf("the Redis Cluster is not formed: %s", n.do(t, "CLUSTER", "NODES"))
			}
			time.Sleep(20 * time.Millisecond)
		}
	}
}
