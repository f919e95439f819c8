package manage

import "github.com/cachegopher/cachegopher/server/session"

// clusterSlots answers with every range of slots. There are thousands of them, so that the reply is kept encoded.
func clusterSlots(c *session.Call, of *session.Cluster) {
	c.Encoded(of, func(c *session.Call) {
		ranges := 0
		for _, g := range of.Groups {
			ranges += len(g.Ranges)
		}
		c.Array(ranges)
		next := make([]int, len(of.Groups)) // by group: its first range that is not written yet
		for slot := 0; slot < len(of.Owners); {
			at := of.Owners[slot]
			g := &of.Groups[at]
			r := g.Ranges[next[at]]
			next[at]++
			slot = r.Last + 1
			slotRange(c, r, g)
		}
	})
}

// slotRange writes a range of slots with the members that hold it, the primary first.
func slotRange(c *session.Call, r session.SlotRange, g *session.ClusterGroup) {
	running := 0
	for at := range g.Members {
		if at == 0 || !g.Members[at].Lost {
			running++
		}
	}
	c.Array(2 + running)
	c.Integer(int64(r.First))
	c.Integer(int64(r.Last))
	for at := range g.Members {
		m := &g.Members[at]
		if at > 0 && m.Lost {
			continue
		}
		host, port := c.Session.Reach(m)
		c.Array(4)
		c.Text(host)
		c.Integer(int64(port))
		c.Text(session.NodeID(m.ID))
		c.Map(0) // other names of the host
	}
}

func clusterShards(c *session.Call, of *session.Cluster) {
	c.Array(len(of.Groups))
	for i := range of.Groups {
		g := &of.Groups[i]
		c.Map(2)
		c.Text("slots")
		c.Array(2 * len(g.Ranges))
		for _, r := range g.Ranges {
			c.Integer(int64(r.First))
			c.Integer(int64(r.Last))
		}
		c.Text("nodes")
		c.Array(len(g.Members))
		for at := range g.Members {
			shardNode(c, &g.Members[at], at == 0, i == of.Own)
		}
	}
}

// shardNode writes a member of a group; own: it is this node's group.
func shardNode(c *session.Call, m *session.ClusterMember, leads, own bool) {
	host, port := c.Session.Reach(m)
	type endpoint struct {
		name string
		port int
	}
	var ports []endpoint
	for _, e := range []struct {
		name string
		session.Endpoint
	}{{"port", m.Plain}, {"tls-port", m.TLS}} {
		if e.Port == port || e.Port != 0 && (e.Host == host || e.Host == "" && c.Session.LocalHost() == host) {
			ports = append(ports, endpoint{e.name, e.Port})
		}
	}
	offset, health := int64(0), "online"
	if own && c.Node.Replication != nil {
		offset, health = c.Node.Replication.State(m.ID)
	}
	if m.Lost {
		health = "fail"
	}
	role := "replica"
	if leads {
		role = "master"
	}
	c.Map(6 + len(ports))
	c.Text("id")
	c.Text(session.NodeID(m.ID))
	for _, p := range ports {
		c.Text(p.name)
		c.Integer(int64(p.port))
	}
	for _, f := range [][2]string{{"ip", host}, {"endpoint", host}, {"role", role}} {
		c.Text(f[0])
		c.Text(f[1])
	}
	c.Text("replication-offset")
	c.Integer(offset)
	c.Text("health")
	c.Text(health)
}
