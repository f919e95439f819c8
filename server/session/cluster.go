package session

import (
	"crypto/sha256"
	"encoding/hex"
	"net"
	"slices"
	"sync"

	"github.com/cachegopher/cachegopher/ring"
)

// Cluster says which group owns each slot, and where its members are, for clients of Redis Cluster. Make one with
// NewCluster. It is immutable.
type Cluster struct {
	Groups []ClusterGroup
	Owners []uint16 // by slot, indexes of Groups
	Own    int      // index of this node's group; -1: it is in none

	Stored bool // an assignment of slots is stored: they may move
	// Suspended has a bit for each slot that may belong to another group already: the node does not know.
	Suspended [ring.Slots / 64]uint64

	own     [ring.Slots / 64]uint64 // a bit for each slot of this node's group
	serving [ring.Slots / 64]uint64 // own without Suspended
	pauses  bool                    // Suspended is not empty
	leads   bool                    // this node is its group's primary
	replies encodedReplies
}

// ClusterGroup is a group: a shard, in the words of Redis.
type ClusterGroup struct {
	Name    string
	Epoch   uint64
	Members []ClusterMember // the primary first
	Ranges  []SlotRange     // of its slots, ascending; NewCluster fills it in
}

// ClusterMember is a server of a group.
type ClusterMember struct {
	ID         string // in the config
	Plain, TLS Endpoint
	Lost       bool // it is known not to run
}

// Endpoint is where clients reach a server.
type Endpoint struct {
	Host string // empty: the host at which the client has reached this node
	Port int    // 0: there is no such endpoint
}

// SlotRange is the slots from First to Last.
type SlotRange struct{ First, Last int }

// NewCluster returns the Cluster as the node called self knows it. owners has the owner of each of the ring.Slots slots, as
// an index of groups. It retains both.
func NewCluster(self string, groups []ClusterGroup, owners []uint16) *Cluster {
	c := &Cluster{Groups: groups, Owners: owners, Own: -1}
	for i := range groups {
		at := slices.IndexFunc(groups[i].Members, func(m ClusterMember) bool { return m.ID == self })
		if at >= 0 {
			c.Own, c.leads = i, at == 0
		}
	}
	for slot, at := range owners {
		g := &groups[at]
		if n := len(g.Ranges); n > 0 && g.Ranges[n-1].Last == slot-1 {
			g.Ranges[n-1].Last = slot
		} else {
			g.Ranges = append(g.Ranges, SlotRange{slot, slot})
		}
		if int(at) == c.Own {
			c.own[slot/64] |= 1 << (slot % 64)
		}
	}
	return c
}

// serves reports whether this node's group owns the slot, for sure.
func (c *Cluster) serves(slot int) bool { return c.serving[slot/64]>>(slot%64)&1 != 0 }

// suspends reports whether the slot is suspended.
func (c *Cluster) suspends(slot int) bool { return c.Suspended[slot/64]>>(slot%64)&1 != 0 }

// owns reports whether this node's group owns the slot.
func (c *Cluster) owns(slot int) bool { return c.own[slot/64]>>(slot%64)&1 != 0 }

// Member returns the member whose NodeID is id, and its group; nil: there is none.
func (c *Cluster) Member(id string) (*ClusterMember, *ClusterGroup) {
	for i := range c.Groups {
		g := &c.Groups[i]
		for at := range g.Members {
			if m := &g.Members[at]; NodeID(m.ID) == id {
				return m, g
			}
		}
	}
	return nil, nil
}

// NodeID returns the identity of the server called id, and ShardID that of the group called name, in the form of Redis: 40
// hexadecimal digits. They never change.
func NodeID(id string) string    { return digest("server " + id) }
func ShardID(name string) string { return digest("group " + name) }

func digest(of string) string {
	sum := sha256.Sum256([]byte(of))
	return hex.EncodeToString(sum[:20])
}

// SetCluster replaces the Cluster of the node, which answers as a node of Redis Cluster then: requests in RESP for keys of
// other groups are redirected. nil: it does not, and knows no slots. It completes c. Calls must not overlap.
func (n *Node) SetCluster(c *Cluster) {
	if c != nil {
		for w, own := range c.own {
			c.serving[w] = own &^ c.Suspended[w]
			c.pauses = c.pauses || c.Suspended[w] != 0
		}
	}
	n.showSlots(c)
	n.cluster.Store(c)
	if c != nil {
		n.refuse.Or(NeedsSlot)
	} else {
		n.refuse.And(^NeedsSlot)
	}
	n.wakeOwnerWaits()
}

// Cluster returns what SetCluster has set. Any goroutine may call it.
func (n *Node) Cluster() *Cluster { return n.cluster.Load() }

// Reach returns where the client reaches m: with TLS if this connection has it, at this node's host if the host of m is
// not known. The port is 0 if m has only unix sockets.
func (s *Session) Reach(m *ClusterMember) (host string, port int) {
	e := m.Plain
	if e.Port == 0 || s.info.TLS && m.TLS.Port != 0 {
		e = m.TLS
	}
	if e.Host == "" {
		e.Host = s.LocalHost()
	}
	return e.Host, e.Port
}

// LocalHost is the host at which the client has reached this node; empty: a unix socket.
func (s *Session) LocalHost() string {
	host, _, err := net.SplitHostPort(s.info.Local)
	if err != nil {
		return ""
	}
	return host
}

// encodedReplies keeps encoded replies that are expensive to make. The zero value has none.
type encodedReplies struct {
	mu   sync.Mutex
	made map[replyKind][]byte
}

// replyKind is what an encoded reply depends on.
type replyKind struct {
	proto int
	tls   bool
	host  string // LocalHost
}

// Encoded answers with what write appends, which is made once for all connections alike: it may depend on the Cluster, the
// version of RESP and Session.Reach only.
func (c *Call) Encoded(of *Cluster, write func(*Call)) {
	s := c.Session
	kind := replyKind{c.Proto(), s.info.TLS, s.LocalHost()}
	of.replies.mu.Lock()
	defer of.replies.mu.Unlock()
	made, ok := of.replies.made[kind]
	if !ok {
		out := c.Out
		c.Out = nil
		write(c)
		made, c.Out = c.Out, out
		if of.replies.made == nil {
			of.replies.made = map[replyKind][]byte{}
		}
		of.replies.made[kind] = made
	}
	s.walk = &walk{done: true, kept: made, shared: true}
}
