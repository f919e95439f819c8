package client

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
	"sync"

	"github.com/cachegopher/cachegopher/internal/topology"
)

// follower is what nodes have told a client of the topology. For each group the highest epoch wins, also over a config
// file; servers that nodes have found by themselves, in a topology with a version, replace those of the file.
type follower struct {
	mu      sync.Mutex
	known   *topology.Topology // nil: no node has told anything
	changed chan struct{}      // closed and replaced when known changes
	asking  chan struct{}      // closed when the nodes have been asked; nil: nobody asks
}

// heard takes note of a topology that a node has told by itself, as JSON. Any goroutine may call it.
func (c *Client) heard(document []byte) { c.learn(document, true) }

// learn takes note of a topology. Of two with the same version, servers are those of the newer one, if that is to
// replace the other: nodes that disagree must not make the client go to and fro.
func (c *Client) learn(document []byte, replaces bool) {
	told := new(topology.Topology)
	if json.Unmarshal(document, told) != nil || len(told.Groups) == 0 {
		return
	}
	f := &c.follow
	f.mu.Lock()
	defer f.mu.Unlock()
	before := f.known
	switch {
	case before == nil:
	case replaces:
		told = topology.Merge(told, before)
	default:
		told = topology.Merge(before, told)
	}
	if reflect.DeepEqual(told, before) {
		return
	}
	f.known = told
	if f.changed != nil {
		close(f.changed)
	}
	f.changed = make(chan struct{})
	t := c.topology.Load()
	if t == nil {
		return
	}
	f.lead(t)
	if c.takesServers(told) && (before == nil || !reflect.DeepEqual(told.Servers, before.Servers)) && !c.closed.Load() {
		go c.Reload() //nolint:errcheck // the topology before stays in force
	}
}

// takesServers reports whether servers and groups come from the nodes rather than from the config.
func (c *Client) takesServers(known *topology.Topology) bool {
	return c.opts.seeds != nil || c.opts.follows && known.Version > 0
}

// config is what the client's source says, with what nodes have told in place of it where that is newer.
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
	for _, g := range cfg.Groups { // an order that does not change with the primary
		slices.SortStableFunc(g.Members, func(a, b Member) int {
			return serverIndex(known, a.ID) - serverIndex(known, b.ID)
		})
	}
	return cfg, nil
}

func serverIndex(t *topology.Topology, id string) int {
	return slices.IndexFunc(t.Servers, func(s topology.Server) bool { return s.ID == id })
}

// use makes t the client's topology, with the primaries that nodes have told of.
func (c *Client) use(t *routing) {
	c.follow.mu.Lock()
	defer c.follow.mu.Unlock()
	if known := c.follow.known; known != nil {
		if c.takesServers(known) { // the config's order says nothing of primaries
			for _, g := range t.groups {
				g.follow(known, 0)
			}
		}
		c.follow.lead(t)
	}
	c.topology.Store(t)
}

// lead gives each group of t the primary that nodes have told of. REQUIRES mu.
func (f *follower) lead(t *routing) {
	for _, g := range t.groups {
		g.follow(f.known, 1)
	}
}

// follow makes the primary that t names the one that takes writes, if its epoch is at least least.
func (g *group) follow(t *topology.Topology, least uint64) {
	i := slices.IndexFunc(t.Groups, func(of topology.Group) bool { return of.Name == g.id })
	if i < 0 || t.Groups[i].Epoch < least {
		return
	}
	at := slices.IndexFunc(g.members, func(n *node) bool { return n.id == t.Groups[i].Leader })
	if at < 0 {
		return
	}
	g.primary.Store(int32(at))
	if least == 0 {
		return
	}
	for i, n := range g.members { // what they said in their greetings is out of date
		n.mu.Lock()
		if n.role != "" && i == at {
			n.role = "master"
		} else if n.role != "" {
			n.role = "slave"
		}
		n.mu.Unlock()
	}
}

// knows reports whether nodes have told of the group, and whether somebody chooses another primary for it when one dies.
func (f *follower) knows(g *group) (known, failsOver bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.known == nil {
		return false, false
	}
	known = slices.ContainsFunc(f.known.Groups, func(of topology.Group) bool { return of.Name == g.id })
	return known, known && f.known.Version > 0
}

// pushedTopology returns the topology in a push message of TOPOLOGY WATCH; nil: it is another one.
func pushedTopology(frame []byte) []byte {
	rest, ok := bytes.CutPrefix(frame, []byte(">2\r\n$8\r\ntopology\r\n$"))
	if !ok {
		return nil
	}
	_, rest, _ = bytes.Cut(rest, []byte("\r\n"))
	return bytes.Clone(bytes.TrimSuffix(rest, []byte("\r\n")))
}
