package node

import (
	"net"
	"slices"
	"strconv"
	"sync"

	"go.uber.org/zap"

	"github.com/cachegopher/cachegopher/internal/config"
	"github.com/cachegopher/cachegopher/internal/topology"
	"github.com/cachegopher/cachegopher/server/session"
)

// redisCluster describes the topology to clients of Redis Cluster.
type redisCluster struct {
	mu        sync.Mutex
	when      string // the config's redis_cluster; empty: not known yet
	ownership topology.Ownership
}

// serveRedisCluster sets the config's redis_cluster.
func (n *Node) serveRedisCluster(when string) {
	n.cluster.mu.Lock()
	n.cluster.when = when
	n.cluster.mu.Unlock()
	n.publishCluster()
}

// publishCluster passes the slots' owners and the groups' members on to sessions, or none if the node does not serve clients
// of Redis Cluster. Any goroutine may call it.
func (n *Node) publishCluster() {
	c := &n.cluster
	c.mu.Lock()
	defer c.mu.Unlock()
	now := n.topology.Now()
	if c.when == "on" || c.when == "auto" && len(now.Groups) > 1 || c.when == "off" && rebalanced(now) {
		owners, err := c.ownership.Of(now)
		if err == nil {
			of := session.NewCluster(n.started.Node.ID, clusterGroups(now), owners)
			n.addMoves(of, now)
			n.sessions.SetCluster(of)
			return
		}
		n.log.Error("cannot assign slots to groups: clients of Redis Cluster are not served", zap.Error(err))
	}
	n.sessions.SetCluster(nil)
}

// rebalanced reports whether slots are not, or may soon be no longer, where every client would look for them that knows nothing
// of the stored assignment. A node whose group gives slots must refuse requests for them, whatever its config says.
func rebalanced(t *topology.Topology) bool {
	if t.Slots == nil || len(t.Moves) > 0 {
		return t.Slots != nil
	}
	unstored := *t
	unstored.Slots = nil
	owners, err := new(topology.Ownership).Of(&unstored)
	if err != nil {
		return true
	}
	for slot, group := range t.Slots.ByName() {
		if t.Groups[owners[slot]].Name != group {
			return true
		}
	}
	return false
}

// addMoves completes of with what concerns moves of slots.
func (n *Node) addMoves(of *session.Cluster, now *topology.Topology) {
	if now.Slots == nil || n.repl == nil {
		return
	}
	of.Stored = true
	if s := n.repl.suspended.Load(); s != nil {
		of.Suspended = *s
	}
}

// clusterGroups returns the groups of t with all their servers. Servers that are not among the members do not run.
func clusterGroups(t *topology.Topology) []session.ClusterGroup {
	groups := make([]session.ClusterGroup, len(t.Groups))
	for i, g := range t.Groups {
		members := g.Members()
		groups[i] = session.ClusterGroup{Name: g.Name, Epoch: g.Epoch}
		for _, s := range t.Servers {
			if s.Group == g.Name && !slices.Contains(members, s.ID) {
				members = append(members, s.ID)
			}
		}
		running := 1 + len(g.Followers)
		for at, id := range members {
			s, _ := t.Server(id)
			m := session.ClusterMember{ID: id, TLS: endpointAt(s.TLSAddress), Lost: at >= running}
			for _, a := range s.Addresses {
				if m.Plain = endpointAt(a); m.Plain.Port != 0 {
					break
				}
			}
			groups[i].Members = append(groups[i].Members, m)
		}
	}
	return groups
}

// endpointAt returns the host and port of an address as in a config: no port for a unix socket, no host for a wildcard.
func endpointAt(address string) session.Endpoint {
	network, at := config.SplitAddress(address)
	host, port, err := net.SplitHostPort(at)
	if network == "unix" || err != nil {
		return session.Endpoint{}
	}
	if wildcard(address) {
		host = ""
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		return session.Endpoint{}
	}
	return session.Endpoint{Host: host, Port: number}
}

// Leadership implements session.Replication.
func (r *replication) Leadership() (epoch uint64, primary string) { return r.member.Leadership() }

// Linked implements session.Replication.
func (r *replication) Linked() bool {
	_, s := r.member.Part()
	return s != nil && s.Status(r.now()).Linked
}

// State implements session.Replication. Only the primary knows the state of other members.
func (r *replication) State(id string) (offset int64, health string) {
	p, s := r.member.Part()
	switch {
	case id == r.id && r.sessions.Loading():
		return 0, "loading"
	case id == r.id && s != nil:
		return int64(s.Status(r.now()).Position.Offset), "online"
	case id == r.id:
		return int64(p.Offset()), "online"
	case p == nil:
		return 0, "online"
	}
	for _, l := range p.Status(r.now()).Links {
		if l.ID == id {
			return int64(l.Acked), linkHealth(l.State)
		}
	}
	return 0, "online"
}

// linkHealth returns the health of a secondary, as Redis names it, for the state of its link.
func linkHealth(state string) string {
	switch state {
	case "down", "connecting":
		return "fail"
	case "waiting", "full sync":
		return "loading"
	}
	return "online"
}
