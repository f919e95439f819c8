package session

import (
	"strconv"

	"github.com/cachegopher/cachegopher/ring"
	"github.com/cachegopher/cachegopher/server/session/reply"
)

// A node with a Cluster redirects requests in RESP to the node that executes them. NeedsSlot is unmet there, so that each
// command with keys asks owns; without a Cluster nothing of this is executed.

// ownsKey is owns for the cases that are quick to decide; false leaves the others to it. These are clients that route themselves
// where they are exempt, and requests with one key whose slot is known, if such a client sends them or the node is the primary
// of its group. REQUIRES: of is the node's Cluster.
func (c *Call) ownsKey(of *Cluster, cmd *Handler) bool {
	s := c.Session
	if s.routes && of.exempts(s) {
		return true
	}
	return (of.leads || s.routes) && cmd.last == cmd.key && c.keySlot >= 0 && of.serves(int(c.keySlot))
}

// owns reports whether this node executes cmd, whose preconditions are needs, for the keys of the request: all are in one
// slot of its group, and it leads, or the client reads and accepts what a secondary has.
func (c *Call) owns(of *Cluster, cmd *Handler, needs uint32) bool {
	if of == nil || cmd.key >= len(c.args) {
		return true
	}
	if c.Session.routes {
		return c.stranger(of, cmd) < 0
	}
	slot := int(c.keySlot)
	if cmd.last != cmd.key {
		one := true
		if slot, one = c.slot(cmd); !one {
			return false
		}
	} else if slot < 0 {
		slot = ring.SlotBytes(c.Arg(cmd.key))
	}
	return of.serves(slot) && (of.leads || c.reads(needs))
}

// exempts reports whether the node executes all requests of a client that routes itself, whatever their slots: no assignment
// of slots is stored, so that none can have moved, or the client has chosen this node.
func (c *Cluster) exempts(s *Session) bool { return !c.Stored || s.stays && !c.pauses }

// stranger returns a slot of the request's keys that this node does not serve to a client that routes itself; -1: there is none.
// Such a client has chosen this member, and may send keys of several slots at once.
func (c *Call) stranger(of *Cluster, cmd *Handler) (slot int) {
	slot = -1
	if s := c.Session; !of.exempts(s) {
		c.EachKey(cmd, func(i int) {
			if at := ring.SlotBytes(c.Arg(i)); of.suspends(at) || !s.stays && !of.owns(at) {
				slot = at
			}
		})
	}
	return slot
}

// reads reports whether a node that does not lead by its Cluster executes a command with these preconditions all the same.
func (c *Call) reads(needs uint32) bool {
	if c.Session.readsAnywhere && needs&NeedsWrite == 0 || c.Node.Leads() {
		return true
	}
	return needs&NeedsWrite == 0 && !c.Node.follows()
}

// follows reports whether the node has a primary that it can send clients to. During a change of primary it may have none;
// then it executes reads itself, since two members that redirect clients to each other would make them give up.
func (n *Node) follows() bool { return n.Replication == nil || n.Replication.Linked() }

// slot returns the slot of the request's keys; one is false if they are in several. REQUIRES: there is a key.
func (c *Call) slot(cmd *Handler) (slot int, one bool) {
	slot, one = -1, true
	c.EachKey(cmd, func(i int) {
		of := ring.SlotBytes(c.Arg(i))
		one = one && (slot < 0 || of == slot)
		slot = of
	})
	return slot, one
}

// redirected reports whether the node redirects the client, instead of refusing commands with these preconditions.
func (c *Call) redirected(needs uint32) bool {
	return c.Node.refuse.Load()&needs&NeedsSlot != 0 && !c.Session.routes
}

// writesElsewhere reports whether the client is redirected with these preconditions, because another member takes its writes.
func (c *Call) writesElsewhere(needs uint32) bool {
	return c.Node.refuse.Load()&needs&NeedsWrite != 0 && c.redirected(needs) && c.Node.refusal().Code == reply.ReadOnly
}

// ownGroup reports whether this node's group owns the slot of the request's keys. A node that has handed its group over holds
// writes to them until the new primary leads: that one would redirect them back before. REQUIRES: there is a key.
func (c *Call) ownGroup(of *Cluster, cmd *Handler) bool {
	slot, one := c.slot(cmd)
	return one && of != nil && of.owns(slot)
}

// redirect answers where the request is executed. of is the Cluster by which this node does not execute it: by a later one it may.
func (c *Call) redirect(of *Cluster, cmd *Handler) {
	slot, one := c.slot(cmd)
	if c.Session.routes && of != nil {
		slot, one = c.stranger(of, cmd), true
	}
	switch {
	case one && of != nil && of.suspends(slot):
		if !c.holdBack() && !c.awaitOwner(of) { // a read, too, waits while writes do: then the owner will be known
			c.tryAgain()
		}
	case one && c.awaitLead(of, slot):
	case one:
		c.moved(of, slot)
	default:
		c.crossSlot()
	}
}

// awaitLead makes the command wait if this node is known to lead the slot's group but does not take writes yet. A client that
// knows of the change already must hear neither that nobody serves the slot nor that another node does.
func (c *Call) awaitLead(of *Cluster, slot int) bool {
	n := c.Node
	if of == nil || of.primary(n, slot).ID != n.ID {
		return false
	}
	return c.holdBack() || c.awaitChange(leadsWithin, func() bool { return n.Leads() && n.refuse.Load()&NeedsWrite == 0 })
}

// tryAgain answers a request for a suspended slot.
func (c *Call) tryAgain() {
	c.FailAs(reply.TryAgain, "The slot is being handed over to another group")
}

func (c *Call) crossSlot() {
	c.FailAs(reply.CrossSlot, "Keys in request don't hash to the same slot")
}

// moved answers which node executes requests for the slot.
func (c *Call) moved(of *Cluster, slot int) {
	if of != nil {
		m := of.primary(c.Node, slot)
		if host, port := c.Session.Reach(m); port != 0 && m.ID != c.Node.ID {
			c.FailAs(reply.Moved, strconv.Itoa(slot)+" "+host+":"+strconv.Itoa(port))
			return
		}
	}
	c.FailAs(reply.ClusterDown, "Hash slot not served")
}

// primary returns the primary of the slot's group. Replication knows of a change in the node's own group first.
func (c *Cluster) primary(n *Node, slot int) *ClusterMember {
	g := &c.Groups[c.Owners[slot]]
	if int(c.Owners[slot]) == c.Own && n.Replication != nil {
		epoch, id := n.Replication.Leadership()
		for i := range g.Members {
			if epoch > g.Epoch && g.Members[i].ID == id {
				return &g.Members[i]
			}
		}
	}
	return &g.Members[0]
}

// ReadAnywhere sets whether reads of the client are executed by a secondary: READONLY and READWRITE.
func (s *Session) ReadAnywhere(on bool) { s.readsAnywhere = on }

// RouteItself makes the node redirect no request of the client, which knows the topology and asks this member on purpose.
// Where an assignment of slots is stored, requests for slots of other groups still are: the client may have sent them before
// it knew of a move, also after others by a later assignment.
func (s *Session) RouteItself() { s.routes = true }
