package client

import "sync/atomic"

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
// members' roles, since a primary that has become a secondary refuses writes but not reads.
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

// lead makes the member at index at the one that takes the group's writes, since it has taken one or a topology names it: the
// roles in greetings are older. It requires follower's lock.
func (g *group) lead(at int) {
	for i, n := range g.members {
		if n.role.text() == "" {
			continue // it does not say
		}
		if i == at {
			n.role.show("master")
		} else {
			n.role.show("replica")
		}
	}
	g.primary.Store(int32(at)) // last: until then source goes by the roles
}

// memberRole is a node's role in its group: as in its latest greeting, or as what it and others have done since shows. Any
// goroutine may use it.
type memberRole struct{ is atomic.Pointer[toldRole] }

type toldRole struct {
	text  string
	shown uint // how often show has set it
}

func (r *memberRole) told() toldRole {
	if is := r.is.Load(); is != nil {
		return *is
	}
	return toldRole{}
}

// show sets the role that a topology, or a write that a member has taken, shows. It requires follower's lock.
func (r *memberRole) show(text string) { r.set(text, true, 0) }

// greeted sets the role of a greeting that was asked for when before was the role, unless one has been shown since, which the
// greeting may not know.
func (r *memberRole) greeted(text string, before toldRole) { r.set(text, false, before.shown) }

func (r *memberRole) set(text string, shows bool, since uint) {
	for {
		is, next := r.is.Load(), toldRole{text: text}
		if is != nil {
			next.shown = is.shown
		}
		if shows {
			next.shown++
		} else if next.shown != since {
			return
		}
		if r.is.CompareAndSwap(is, &next) {
			return
		}
	}
}

// text is "master", or "replica" or "slave", or empty if the node has not said.
func (r *memberRole) text() string { return r.told().text }

// claimsSecondary reports whether the node is a secondary by its role.
func (n *node) claimsSecondary() bool {
	is := n.role.text()
	return is == "replica" || is == "slave"
}

// claimsPrimary reports whether the node is a primary by its role.
func (n *node) claimsPrimary() bool { return n.role.text() == "master" }

// isDown reports whether the last dial failed, so that callers do not wait for the next.
func (n *node) isDown() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.down
}
