package session

import (
	"errors"
	"fmt"
	"slices"

	"github.com/cachegopher/cachegopher/server/session/reply"
)

// Preconditions of a handler. Node.refuse and Session.denied hold those not met: a command runs only if
// needs&(refuse|denied) == 0.
const (
	NeedsWrite uint32 = 1 << iota // the node accepts writes
	NeedsData                     // the node has its data
	NeverMet                      // of commands that the config disables: it refuses them
	NeedsUser                     // the client has signed in
	NeedsRoom                     // the connection is within the limit of clients
	MayRead                       // the client has the right of the name, as with the next two
	MayWrite
	MayAdmin
	SomeKeys // the client may use the keys of the request
	AllKeys  // the client may use every key
	// NeedsSlot: the node executes requests for the slot of the keys. Node.refuse has it while the node has a Cluster;
	// then each request decides.
	NeedsSlot
)

// The errors that CheckCommands wraps.
var (
	ErrCommand = errors.New("no such command")
	ErrNeeded  = errors.New("cannot be switched off")
)

// CheckCommands returns an error for the first name that is unknown (it wraps ErrCommand) or that cannot be disabled (it
// wraps ErrNeeded).
func CheckCommands(commands []Command, dialects []*Dialect, names []string) error {
	t := newTable(commands, dialects)
	for _, name := range names {
		found := t.all(name)
		if len(found) == 0 {
			return fmt.Errorf("%q: %w", name, ErrCommand)
		}
		for _, h := range found {
			if h.Required != "" {
				return fmt.Errorf("%q %w: %s", name, ErrNeeded, h.Required)
			}
		}
	}
	return nil
}

// disable refuses exactly these commands, in every dialect. If a command has several names, as FLUSH and FLUSHALL, any of
// them disables all forms.
func (t *table) disable(names []string) {
	var refused []string // the commands' own names
	for _, name := range names {
		for _, h := range t.all(name) {
			refused = append(refused, h.Name)
		}
	}
	for _, h := range t.handlers {
		if slices.Contains(refused, h.Name) {
			h.needs.Or(NeverMet)
		} else {
			h.needs.And(^NeverMet)
		}
	}
}

// Disable replaces Options.Disabled while the node runs.
func (n *Node) Disable(names []string) {
	n.table.disable(names)
	n.showServing()
}

// SetLoading sets whether the node is still loading its data, from its group or a snapshot. Meanwhile only commands that need no data are
// executed. Any goroutine may call it.
func (n *Node) SetLoading(loading bool) {
	if loading {
		n.refuse.Or(NeedsData)
	} else {
		n.refuse.And(^NeedsData)
	}
	n.showServing()
}

// Loading reports whether the node still loads its data. Any goroutine may call it.
func (n *Node) Loading() bool { return n.refuse.Load()&NeedsData != 0 }

// FailLoading answers that the node still loads its data: one that is alone reads its snapshot.
func (c *Call) FailLoading() {
	if c.Node.Replication == nil {
		c.FailAs(reply.Loading, "CacheGopher is reading its snapshot")
		return
	}
	c.FailAs(reply.Loading, "CacheGopher is getting its data from its group")
}

// allowed decides about a command whose preconditions no are unmet. It answers an error and returns false, unless the
// request itself meets them: this node executes requests for its slot, and the client may use its keys.
func (c *Call) allowed(no uint32, cmd *Handler) bool {
	of := c.Node.cluster.Load()
	return no == NeedsSlot && of != nil && c.ownsKey(of, cmd) || c.decide(of, no, cmd)
}

// decide is allowed for what ownsKey cannot tell. All of it is by one Cluster, of, which may be nil.
func (c *Call) decide(of *Cluster, no uint32, cmd *Handler) bool {
	name := cmd.name
	if c.held != nil { // EXEC has checked the node's preconditions: a transaction is executed as a whole
		if no &^= NeedsWrite | NeedsData | NeedsSlot; no == 0 {
			return true
		}
	}
	if no&NeedsSlot != 0 && c.owns(of, cmd, cmd.needs.Load()) {
		if no &^= NeedsSlot; no == 0 {
			return true
		}
	}
	executed := c.cmd
	c.cmd = nil // it is not executed, so it does not count as failed
	defer func() { c.cmd = executed }()
	switch {
	case c.Session.progress > 0 && no&^SomeKeys != 0: // an error would be taken for a part of the reply that has begun
		c.Close("this node became unable to complete a reply of which it had sent a part")
	case no&NeedsRoom != 0:
		c.turnAway()
	case no&NeedsUser != 0:
		c.FailAs(reply.NoAuth, "Authentication required.")
	case no&NeverMet != 0:
		c.FailAs(reply.Generic, "the command '"+name+"' is switched off on this node by security.disabled_commands")
	case no&(MayRead|MayWrite|MayAdmin) != 0:
		c.noPermission(name)
	case no&AllKeys != 0:
		c.notAllKeys(name)
	case no&NeedsSlot != 0 && no&NeedsWrite != 0 && c.ownGroup(of, cmd) && c.holdBack():
	case no&NeedsSlot != 0:
		c.redirect(of, cmd)
	case no&NeedsData != 0:
		c.FailLoading()
	case no&NeedsWrite != 0 && c.holdBack():
	case no&NeedsWrite != 0 && c.redirected(cmd.needs.Load()) && c.Node.refusal().Code == reply.ReadOnly:
		c.redirect(of, cmd)
	case no&NeedsWrite != 0:
		e := c.Node.refusal()
		c.FailAs(e.Code, e.Text)
	default:
		return c.keysAllowed(cmd)
	}
	return false
}
