package client

// ReadOption changes how one read is done.
type ReadOption struct{ primary bool }

// FromPrimary has the primary of the key's group answer, and no other node: the
// read sees every write that was acknowledged before it began, by whatever
// client. Secondaries get writes a moment later, or much later when replication
// is held up. The near cache is not asked either.
//
// While the primary is away such a read fails, with an error that matches
// ErrUnavailable, ErrTimeout or what the node answered.
func FromPrimary() ReadOption { return ReadOption{primary: true} }

func fromPrimary(opts []ReadOption) bool {
	for _, o := range opts {
		if o.primary {
			return true
		}
	}
	return false
}

// source returns the index of the member that has the group's latest writes. A
// read, unlike a write, is not refused by a member that has become a secondary,
// so what the members said of themselves when they were last connected counts.
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

// claimsSecondary reports whether the node called itself a secondary when it
// last greeted a connection.
func (n *node) claimsSecondary() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.role == "replica" || n.role == "slave"
}
