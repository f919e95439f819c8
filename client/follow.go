package client

import (
	"encoding/json"
	"reflect"
	"slices"
	"sync"
	"time"

	"github.com/cachegopher/cachegopher/internal/topology"
)

// follower holds the topology that the client has received from nodes. For each group the highest epoch wins, also over
// a config file. Servers of a topology with a version, which nodes have discovered, replace those of the file.
type follower struct {
	mu        sync.Mutex
	known     *topology.Topology // merged from all received; nil: none yet
	ownership topology.Ownership // of known
	history   slotHistory        // of known
	changed   chan struct{}      // closed and replaced when known changes
	asking    chan struct{}      // closed when the query in progress ends; nil: none is in progress
	asked     time.Time          // when the latest query ended
	fruitless int                // queries in a row since known has changed
	inquiries map[*node]*inquiry // questions of members that have not been answered yet
	replaced  []*node            // primaries that topologies have replaced, and that are to be asked whether they lead again

	pushed pushedDocument
}

// learn merges a topology. If it has the same version as the known one, its servers replace the known ones only with
// replaces: otherwise nodes that disagree would make the client switch back and forth.
func (c *Client) learn(document []byte, replaces bool) {
	received := new(topology.Topology)
	if json.Unmarshal(document, received) != nil || len(received.Groups) == 0 {
		return
	}
	c.follow.mu.Lock()
	moved := c.take(received, replaces)
	replaced := c.follow.replaced
	c.follow.replaced = nil
	c.follow.mu.Unlock()
	moved.forget(c.opts.near)
	for _, n := range replaced {
		c.confirmLater(n)
	}
}

// take is learn with a topology that has been read. It returns which slots have moved. It requires the lock.
func (c *Client) take(received *topology.Topology, replaces bool) (moved movedSlots) {
	f := &c.follow
	before, now := f.known, received
	switch {
	case before == nil:
	case replaces:
		now = topology.Merge(received, before)
	default:
		now = topology.Merge(before, received)
	}
	if reflect.DeepEqual(now, before) {
		return moved
	}
	f.history.note(before, now)
	f.known, f.fruitless = now, 0
	defer f.wake()
	t := c.topology.Load()
	if t == nil || c.closed.Load() {
		return moved
	}
	for _, g := range t.groups {
		before := g.writer()
		if g.setPrimary(now, 1); g.writer() != before {
			f.replaced = append(f.replaced, before)
		}
	}
	if c.takesServers(now) && (before == nil || !sameGroups(before, now)) {
		go c.Reload() //nolint:errcheck // the previous topology stays in force
		return moved
	}
	return c.place(t)
}

// wake ends the waits for a change of the topology. It requires the lock.
func (f *follower) wake() {
	if f.changed != nil {
		close(f.changed)
	}
	f.changed = make(chan struct{})
}

// sameGroups reports whether both have the same servers and groups, whoever leads them.
func sameGroups(a, b *topology.Topology) bool {
	return reflect.DeepEqual(a.Servers, b.Servers) && slices.EqualFunc(a.Groups, b.Groups, func(x, y topology.Group) bool {
		return x.Name == y.Name && x.Weight == y.Weight
	})
}

// takesServers reports whether servers and groups come from the nodes rather than from the config.
func (c *Client) takesServers(known *topology.Topology) bool {
	return c.opts.seeds != nil || c.opts.follows && known.Version > 0
}

// config returns the config of the client's source, or the nodes' servers and groups in place of it where takesServers.
func (c *Client) config() (cfg Config, err error) {
	if c.opts.seeds == nil {
		if cfg, err = c.opts.source(); err != nil {
			return cfg, err
		}
	}
	c.follow.mu.Lock()
	defer c.follow.mu.Unlock()
	known := c.follow.known
	switch {
	case known == nil || !c.takesServers(known):
		return cfg, nil
	case c.opts.seeds != nil:
		cfg = fromTopology(known)
	default:
		cfg.Groups = fromTopology(known).Groups
	}
	for _, g := range cfg.Groups { // the order must not change with the primary
		slices.SortStableFunc(g.Members, func(a, b Member) int {
			return serverIndex(known, a.ID) - serverIndex(known, b.ID)
		})
	}
	return cfg, nil
}

func serverIndex(t *topology.Topology, id string) int {
	return slices.IndexFunc(t.Servers, func(s topology.Server) bool { return s.ID == id })
}

// use makes t the client's topology, with the primaries and the owners of slots known from nodes.
func (c *Client) use(t *routing) {
	c.follow.mu.Lock()
	defer c.follow.mu.Unlock()
	if old := c.topology.Load(); old != nil {
		t.inherit(old)
	}
	if known := c.follow.known; known != nil {
		if c.takesServers(known) { // then the first member need not be the primary
			for _, g := range t.groups {
				g.setPrimary(known, 0)
			}
		}
		for _, g := range t.groups {
			g.setPrimary(known, 1)
		}
	}
	t.owners = c.follow.owners(t)
	c.opts.own.doubtAll(t)
	c.topology.Store(t)
	c.follow.wake()
}

// setPrimary sends the group's writes to the primary that t names, if its epoch is at least minEpoch, and later than the one that is
// known already, from another topology or from a member that has taken a write. It requires follower's lock.
func (g *group) setPrimary(t *topology.Topology, minEpoch uint64) {
	i := slices.IndexFunc(t.Groups, func(of topology.Group) bool { return of.Name == g.id })
	if i < 0 || t.Groups[i].Epoch < minEpoch {
		return
	}
	if set := g.epoch.Load(); set > 0 && t.Groups[i].Epoch <= set {
		return
	}
	at := slices.IndexFunc(g.members, func(n *node) bool { return n.id == t.Groups[i].Leader })
	if at < 0 {
		return
	}
	if minEpoch == 0 {
		g.primary.Store(int32(at))
	} else {
		g.lead(at)
	}
	g.epoch.Store(t.Groups[i].Epoch)
}

// knows reports whether the nodes' topology has the group, and whether another primary is chosen when its primary dies.
func (f *follower) knows(g *group) (known, failsOver bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.known == nil {
		return false, false
	}
	known = slices.ContainsFunc(f.known.Groups, func(of topology.Group) bool { return of.Name == g.id })
	return known, known && f.known.Version > 0
}

// informed reports whether a node has sent a topology.
func (f *follower) informed() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.known != nil
}
