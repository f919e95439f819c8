package coordination

import (
	"maps"
	"reflect"
	"slices"

	"go.uber.org/zap"

	"github.com/cachegopher/cachegopher/internal/topology"
)

// publication is the topology last passed to Options.Changed.
type publication struct{ *topology.Topology }

// publish calls Options.Changed if the topology has changed.
func (c *Coordinator) publish() {
	c.mu.Lock()
	t, strangers := c.topologyNow()
	lost := c.assign(t)
	unnamed := c.unnamed()
	same := c.published != nil && reflect.DeepEqual(*c.published.Topology, *t)
	if !same {
		c.published = &publication{t}
	}
	c.mu.Unlock()
	if len(strangers) > 0 && c.due("strangers") {
		c.log.Error("coordination: etcd has groups in this cluster that the config does not name; they are left out", zap.String("cluster", c.o.Cluster), zap.Strings("groups", strangers),
			zap.String("do", "if another cluster uses this etcd, give each a coordination.cluster of its own; otherwise give all nodes the same config"))
	}
	if len(unnamed) > 0 && c.due("unnamed") {
		c.log.Error("coordination: etcd has running members of this group that the config does not name, and that have not joined; they get this group's data",
			zap.String("cluster", c.o.Cluster), zap.Strings("members", unnamed),
			zap.String("do", "if another cluster uses this etcd, give each a coordination.cluster of its own; otherwise give all nodes the same config"))
	}
	if len(lost) > 0 && c.due("lost") {
		c.log.Error("coordination: groups that own slots have no servers, in the config or in etcd; the other groups get their slots, without entries", zap.Strings("groups", lost),
			zap.String("do", "start a member of these groups; they get their slots back"))
	}
	if !same {
		c.o.Changed(t)
	}
}

// topologyNow merges the config and etcd's data. strangers are groups of members that have another config. REQUIRES mu.
func (c *Coordinator) topologyNow() (t *topology.Topology, strangers []string) {
	v := c.view
	t = &topology.Topology{Version: uint64(v.version), Client: c.o.Config.Client}
	groups := slices.Clone(c.o.Config.Groups)
	owning := c.owning()
	for _, name := range slices.Sorted(maps.Keys(v.known)) {
		if slices.ContainsFunc(groups, func(g topology.Group) bool { return g.Name == name }) {
			continue
		}
		joined := len(v.known[name]) > 0
		for _, m := range v.known[name] {
			joined = joined && m.Joined
		}
		if joined || c.o.Joined || owning[name] {
			groups = append(groups, topology.Group{Name: name})
		} else if len(v.members[name]) > 0 {
			strangers = append(strangers, name)
		}
	}
	for _, g := range groups {
		servers := map[string]topology.Server{}
		for _, s := range c.o.Config.Servers {
			if s.Group == g.Name {
				servers[s.ID] = s
			}
		}
		for _, records := range []map[string]memberRecord{v.known[g.Name], v.members[g.Name]} {
			for id, m := range records {
				servers[id] = m.server(g.Name, id)
			}
		}
		if last, led := v.last[g.Name]; led {
			g.Leader, g.Epoch = last.ID, last.Epoch
		}
		if p, led := v.primaries[g.Name]; led {
			g.Leader, g.Epoch = p.ID, p.Epoch
		}
		g.Followers = nil
		for _, id := range slices.Sorted(maps.Keys(servers)) {
			t.Servers = append(t.Servers, servers[id])
			if _, live := v.members[g.Name][id]; live && id != g.Leader {
				g.Followers = append(g.Followers, id)
			}
		}
		if _, there := servers[g.Leader]; there {
			t.Groups = append(t.Groups, g)
		}
	}
	return t, strangers
}

// unnamed returns the live members of this group that have another config. REQUIRES mu.
func (c *Coordinator) unnamed() (ids []string) {
	for id, m := range c.view.members[c.o.Self.Group] {
		if _, named := c.o.Config.Server(id); !named && !m.Joined {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// Status describes a Coordinator to operators.
type Status struct {
	Reached   bool // etcd has been reached since the start
	Away      bool // etcd does not answer
	Failsafe  bool // this primary takes writes because its secondaries confirm that they follow
	NoPrimary bool // the group has no primary
	Members   int  // number of the group's members that are registered
	Changes   int64
	// How often Away, Failsafe and NoPrimary have become true.
	TimesAway, TimesFailsafe, TimesNoPrimary int64
}

// Won returns the epoch of the latest election in which this member replaced another primary; 0: none.
func (c *Coordinator) Won() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.won
}

// Status returns the current status.
func (c *Coordinator) Status() Status {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := Status{Reached: c.view != nil, Away: c.away != 0, Failsafe: c.failsafe, Changes: c.changes, NoPrimary: c.absent != 0,
		TimesAway: c.timesAway, TimesFailsafe: c.timesFailsafe, TimesNoPrimary: c.timesAbsent}
	if c.view != nil {
		s.Members = len(c.view.members[c.o.Self.Group])
	}
	return s
}

// secondaries returns the other members of this node's group, by etcd and the config. REQUIRES mu.
func (c *Coordinator) secondaries() []string {
	all := map[string]bool{}
	for _, s := range c.o.Config.Servers {
		if s.Group == c.o.Self.Group {
			all[s.ID] = true
		}
	}
	if c.view != nil {
		for id := range c.view.known[c.o.Self.Group] {
			all[id] = true
		}
		for id := range c.view.members[c.o.Self.Group] {
			all[id] = true
		}
	}
	delete(all, c.o.Self.ID)
	return slices.Sorted(maps.Keys(all))
}
