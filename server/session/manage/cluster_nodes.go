package manage

import (
	"fmt"
	"strings"

	"github.com/cachegopher/cachegopher/ring"
	"github.com/cachegopher/cachegopher/server/session"
)

func clusterMyID(c *session.Call, _ *session.Cluster) { c.Text(session.NodeID(c.Node.ID)) }

func clusterMyShardID(c *session.Call, of *session.Cluster) {
	name := "" // a node that is in no group yet
	if of.Own >= 0 {
		name = of.Groups[of.Own].Name
	}
	c.Text(session.ShardID(name))
}

func clusterNodes(c *session.Call, of *session.Cluster) {
	var b strings.Builder
	for i := range of.Groups {
		g := &of.Groups[i]
		for at := range g.Members {
			b.WriteString(nodeLine(c, g, at))
			if at == 0 {
				writeRanges(&b, g.Ranges)
			}
			b.WriteByte('\n')
		}
	}
	c.Verbatim(b.String())
}

// nodeLine is the line of a group's member in CLUSTER NODES, without slots. Nodes do not ping each other, and have no port
// for a cluster bus.
func nodeLine(c *session.Call, g *session.ClusterGroup, at int) string {
	m := &g.Members[at]
	flags, master, state := "master", "-", "connected"
	if at > 0 {
		flags, master = "slave", session.NodeID(g.Members[0].ID)
	}
	if m.ID == c.Node.ID {
		flags = "myself," + flags
	}
	if m.Lost {
		flags, state = flags+",fail", "disconnected"
	}
	host, port := c.Session.Reach(m)
	return fmt.Sprintf("%s %s:%d@0 %s %s 0 0 %d %s", session.NodeID(m.ID), host, port, flags, master, g.Epoch, state)
}

func writeRanges(b *strings.Builder, ranges []session.SlotRange) {
	for _, r := range ranges {
		if r.First == r.Last {
			fmt.Fprintf(b, " %d", r.First)
		} else {
			fmt.Fprintf(b, " %d-%d", r.First, r.Last)
		}
	}
}

func clusterReplicas(c *session.Call, of *session.Cluster) {
	m, g := of.Member(string(c.Arg(2)))
	switch {
	case m == nil:
		unknownNode(c)
		return
	case m.ID != g.Members[0].ID:
		c.Fail("The specified node is not a master")
		return
	}
	c.Array(len(g.Members) - 1)
	for at := 1; at < len(g.Members); at++ {
		c.Text(nodeLine(c, g, at))
	}
}

func clusterFailureReports(c *session.Call, of *session.Cluster) {
	if m, _ := of.Member(string(c.Arg(2))); m == nil {
		unknownNode(c)
		return
	}
	c.Integer(0)
}

func unknownNode(c *session.Call) { c.Fail("Unknown node " + c.Shown(2)) }

func clusterInfo(c *session.Call, of *session.Cluster) {
	current, own, members, size := uint64(0), uint64(0), 0, 0
	for i, g := range of.Groups {
		current = max(current, g.Epoch)
		members += len(g.Members)
		if i == of.Own {
			own = g.Epoch
		}
		if len(g.Ranges) > 0 {
			size++
		}
	}
	var b strings.Builder
	for _, line := range []struct {
		name  string
		value any
	}{
		{"state", "ok"}, {"slots_assigned", ring.Slots}, {"slots_ok", ring.Slots}, {"slots_pfail", 0}, {"slots_fail", 0},
		{"known_nodes", members}, {"size", size}, {"current_epoch", current}, {"my_epoch", own},
		{"stats_messages_sent", 0}, {"stats_messages_received", 0},
	} {
		fmt.Fprintf(&b, "cluster_%s:%v\r\n", line.name, line.value)
	}
	c.Verbatim(b.String() + "total_cluster_links_buffer_limit_exceeded:0\r\n")
}
