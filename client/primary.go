package client

// ReadOption is an option of one read.
type ReadOption struct{ primary bool }

// FromPrimary makes only the primary of the key's group answer: the read sees every write
// that was acknowledged before it began, to any client. Secondaries get writes a moment
// later, or much later when replication is delayed. The near cache is bypassed too.
//
// While the primary is unreachable such a read fails with an error that matches
// ErrUnavailable or ErrTimeout, or with the node's answer.
func FromPrimary() ReadOption { return ReadOption{primary: true} }

func fromPrimary(opts []ReadOption) bool {
	for _, o := range opts {
		if o.primary {
			return true
		}
	}
	return false
}

// source returns the index of the member that has the group's latest writes. It goes by the
// roles in the members' latest greetings, since a primary that has become a secondary
// refuses writes but not reads.
func (g *group) source() int {
	at := int(g.primary.Load())
	if len(g.members) == 1 || !g.members[at].claimsSecondary() {
		return at
	}
	for i, n := range g.members {
		if n.claimsPrimary() && n.usable() {
			return i
		}
	}
	return at
}

// claimsSecondary reports whether the node called itself a secondary in its latest greeting.
func (n *node) claimsSecondary() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.role == "replica" || n.role == "slave"
}

// claimsPrimary reports whether the node called itself primary in its latest greeting.
func (n *node) claimsPrimary() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.role == "master"
}

// isDown reports whether the last dial failed, so that callers do not wait for the next.
func (n *node) isDown() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.down
}
