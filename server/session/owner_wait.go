package session

import "time"

// suspendedFor bounds how long a request waits to learn who owns a suspended slot. Many clients give up sooner if they are
// told TRYAGAIN, or do not try again at all.
const suspendedFor = time.Second

// leadsWithin bounds how long a write waits for a node that is known to lead to take writes: a planned change of primary takes some
// milliseconds, and a primary without a lease must not keep its clients waiting.
const leadsWithin = 100 * time.Millisecond

// wakeOwnerWaits ends the waits of awaitOwner and awaitLead: the requests are decoded again.
func (n *Node) wakeOwnerWaits() {
	n.ownerWaits.mu.Lock()
	woken := n.ownerWaits.take()
	n.ownerWaits.mu.Unlock()
	wakeAll(woken)
}

// awaitOwner makes the command wait until SetCluster says who owns its slot, or for suspendedFor, and reports whether it
// waits. It does so once. A client that routes itself shares its connection among requests for many slots, so it is told at
// once.
//
// decided is the Cluster by which the slot is suspended.
func (c *Call) awaitOwner(decided *Cluster) bool {
	return c.awaitChange(suspendedFor, func() bool { return c.Node.cluster.Load() != decided })
}

// awaitChange makes the command wait until wakeOwnerWaits is called, or for most; see awaitOwner for the rest. changed reports
// whether the change that it waits for has come already, so that nothing would end the wait.
func (c *Call) awaitChange(most time.Duration, changed func() bool) bool {
	s, o := c.Session, &c.Node.ownerWaits
	if s.routes || s.info.Wake == nil || s.outwaited {
		s.outwaited = false
		return false
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case changed():
		c.again()
	case o.ended:
		return false
	default:
		c.pause(o, most)
	}
	return true
}
