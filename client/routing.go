package client

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"sync"

	"github.com/cachegopher/cachegopher/ring"
)

// routing is the client's view of groups and nodes. It is immutable, except for the groups'
// atomic fields; a reload, and a slot that moves, replace it.
type routing struct {
	cfg    Config
	opts   *options // including settings of the config
	ring   *ring.Ring
	groups []*group // by the ring's index
	nodes  []*node  // in the config's order
	owners *owners  // nil until the client uses it
}

// newRouting builds the routing of cfg for a client with these options. It keeps nodes
// of the old one whose settings have not changed; new nodes start to dial.
func newRouting(cfg Config, given options, old *routing, ctx context.Context, wg *sync.WaitGroup) (*routing, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	o := &given
	o.obey(cfg)
	shared := cfg.sharedAddresses()
	r, err := cfg.ring()
	if err != nil {
		return nil, err
	}
	kept := make(map[string]*node)
	if old != nil && o.timings == old.opts.timings {
		for _, n := range old.nodes {
			kept[n.identity] = n
		}
	}
	t := &routing{cfg: cfg, opts: o, ring: r, groups: make([]*group, r.Len())}
	for _, cg := range cfg.Groups {
		g := &group{id: cg.ID, policy: o.reads}
		for i, m := range cg.Members {
			places := m.places(o.tls != nil, shared)
			n := kept[m.identity()]
			if n == nil || !slices.Equal(n.dialer.places, places) {
				n = newNode(m, places, o, ctx, wg)
			}
			if o.zone != "" && m.Zone == o.zone {
				g.near |= 1 << i
			}
			g.members = append(g.members, n)
			t.nodes = append(t.nodes, n)
		}
		at, ok := r.Index(cg.ID)
		if !ok {
			return nil, fmt.Errorf("group %q is not in its ring", cg.ID)
		}
		t.groups[at] = g
	}
	return t, nil
}

// inherit gives the groups of t the primaries that they have in old, which t replaces: all whose epochs are known, and those of groups
// that have not changed. It requires follower's lock.
func (t *routing) inherit(old *routing) {
	for _, cg := range old.cfg.Groups {
		from, was := old.ring.Index(cg.ID)
		to, is := t.ring.Index(cg.ID)
		if !was || !is {
			continue
		}
		g, before := t.groups[to], old.groups[from]
		same := slices.ContainsFunc(t.cfg.Groups, func(g Group) bool { return reflect.DeepEqual(g, cg) })
		at := slices.IndexFunc(g.members, func(n *node) bool { return n.id == before.writer().id })
		if at >= 0 && (same || before.epoch.Load() > 0) {
			g.primary.Store(int32(at))
			g.epoch.Store(before.epoch.Load())
		}
	}
}

// node returns the node with this id or address, or nil.
func (t *routing) node(name string) *node {
	for _, n := range t.nodes {
		if n.id == name || n.address == name || slices.Contains(n.more, name) {
			return n
		}
	}
	return nil
}
