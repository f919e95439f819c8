package client

import (
	"math/bits"
	"sync/atomic"
)

// maxMembers is the most members of a group: sets of members are bits of a uint64.
const maxMembers = 64

// group is one primary and its secondaries.
type group struct {
	id      string
	members []*node       // the configured primary first
	primary atomic.Int32  // index of the member that takes writes
	epoch   atomic.Uint64 // topologies of this epoch or an earlier one are older than what is known of the primary; 0: none are
	turn    atomic.Uint32 // round robin
	near    uint64        // members in the client's zone; 0: none
	policy  ReadPolicy

	wanted atomic.Bool // its members should be asked for what they have: see ownWrites
	goal   goal        // what the primary had when it was asked last; guarded by ownWrites.mu
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
