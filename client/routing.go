package client

import (
	"context"
	"fmt"
	"math/bits"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/cachegopher/cachegopher/ring"
)

// maxMembers is the most members of a group: sets of members are bits of a uint64.
const maxMembers = 64

// routing is the client's view of groups and nodes. It is immutable, except for the groups'
// atomic fields; a reload replaces it.
type routing struct {
	cfg    Config
	opts   *options // including settings of the config
	ring   *ring.Ring
	groups []*group // by the ring's index
	nodes  []*node  // in the config's order
}

// group is one primary and its secondaries.
type group struct {
	id      string
	members []*node       // the configured primary first
	primary atomic.Int32  // index of the member that takes writes
	turn    atomic.Uint32 // round robin
	near    uint64        // members in the client's zone; 0: none
	policy  ReadPolicy
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
	primaries := make(map[string]int32)
	if old != nil {
		if o.timings == old.opts.timings {
			for _, n := range old.nodes {
				kept[n.identity] = n
			}
		}
		// In groups that have not changed, the learned primary is still valid.
		for _, cg := range old.cfg.Groups {
			same := func(g Group) bool { return reflect.DeepEqual(g, cg) }
			if at, ok := old.ring.Index(cg.ID); ok && slices.ContainsFunc(cfg.Groups, same) {
				primaries[cg.ID] = old.groups[at].primary.Load()
			}
		}
	}
	t := &routing{cfg: cfg, opts: o, ring: r, groups: make([]*group, r.Len())}
	for _, cg := range cfg.Groups {
		g := &group{id: cg.ID, policy: o.reads}
		g.primary.Store(primaries[cg.ID])
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

func (t *routing) group(key string) *group {
	if len(t.groups) == 1 {
		return t.groups[0]
	}
	return t.groups[t.ring.Locate(key)]
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

// writer returns the member that takes writes.
func (g *group) writer() *node { return g.members[g.primary.Load()] }

// othersUnqueried reports whether a member other than the one at index i, or any if that is -1, has not been asked for the
// topology yet.
func (g *group) othersUnqueried(i int) bool {
	for at, n := range g.members {
		if at != i && !n.queried.Load() {
			return true
		}
	}
	return false
}

// reader returns the index of the best member to read from that is not in tried, or -1
// when all are. Members that are set aside or not connected come last.
func (g *group) reader(tried uint64) int {
	if len(g.members) == 1 {
		return int(tried&1) - int(tried&1)*2
	}
	usable := uint64(0)
	for i, n := range g.members {
		if n.usable() {
			usable |= 1 << i
		}
	}
	rest := ^tried & (1<<len(g.members) - 1)
	if rest == 0 {
		return -1
	}
	if p := int(g.primary.Load()); g.policy == ReadPrimary && rest>>p&1 == 1 && g.members[p].stats.dials.Load() == 0 {
		return p // still making its first connection: do not take it for unreachable
	}
	if usable&rest != 0 {
		rest &= usable
	}
	switch g.policy {
	case ReadPrimary:
		if p := int(g.primary.Load()); rest>>p&1 == 1 {
			return p
		}
	case ReadFastest:
		return g.fastest(rest)
	case ReadNearest:
		if rest&g.near != 0 {
			rest &= g.near
		}
	}
	// Round robin over the members that are left.
	k := int(g.turn.Add(1)) % bits.OnesCount64(rest)
	for ; k > 0; k-- {
		rest &= rest - 1
	}
	return bits.TrailingZeros64(rest)
}

// explore is the period at which a read goes to a member that is not the fastest, so that
// its latency stays known.
const explore = 64

func (g *group) fastest(among uint64) int {
	turn := int(g.turn.Add(1))
	best, least := -1, int64(0)
	for i, n := range g.members {
		if among>>i&1 == 0 {
			continue
		}
		mean := n.latency.mean.Load()
		if turn%explore == 0 {
			mean = -int64((i + turn/explore) % len(g.members)) // each member in turn
		}
		if best < 0 || mean < least {
			best, least = i, mean
		}
	}
	return best
}

// locate returns a key's slot and the index of its group.
func locate(t *routing, key string) (slot, group int) {
	slot = ring.Slot(key)
	return slot, t.ring.LocateSlot(slot)
}
