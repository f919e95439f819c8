package session

import (
	"fmt"
	"slices"

	"github.com/cachegopher/cachegopher/server/session/reply"
)

// What a handler needs of its node and of its client. Node.refuse and Session.denied have the bits that
// there are not: a request is executed at once when they share none with its handler's.
const (
	NeedsWrite uint32 = 1 << iota // to change the store
	NeedsData                     // the node to have its data
	NeedsLeave                    // the config to allow the command: never there
	NeedsUser                     // the client to have signed in
	NeedsRoom                     // the connection to be within the limits of clients
	MayRead                       // the client to have the right
	MayWrite
	MayAdmin
	SomeKeys // the client to be allowed the request's keys
	AllKeys  // the client to be allowed all keys
)

// CheckCommands returns an error for the first name that is no command, whose cause is ErrCommand, or that cannot be
// switched off, whose cause is ErrNeeded.
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

// disable has the table refuse these commands, in every dialect, and no others. Where dialects have different names
// for a command, as FLUSH and FLUSHALL, any of them stands for all.
func (t *table) disable(names []string) {
	var refused []string // by the commands' own names
	for _, name := range names {
		for _, h := range t.all(name) {
			refused = append(refused, h.Name)
		}
	}
	for _, h := range t.handlers {
		if slices.Contains(refused, h.Name) {
			h.needs.Or(NeedsLeave)
		} else {
			h.needs.And(^NeedsLeave)
		}
	}
}

// Disable changes Options.Disabled while the node runs.
func (n *Node) Disable(names []string) { n.table.disable(names) }

// SetLoading says whether the node still gets its data from others: until then
// only what needs none is executed. Any goroutine may call it.
func (n *Node) SetLoading(loading bool) {
	if loading {
		n.refuse.Or(NeedsData)
	} else {
		n.refuse.And(^NeedsData)
	}
}

// loading is 1 while the node gets its data, for INFO.
func (n *Node) loading() int { return int(n.refuse.Load() & NeedsData / NeedsData) }

// allowed answers a command that needs what there is not, and returns false. It returns true when all
// that was in doubt are the keys, and the client may touch them.
func (c *Call) allowed(no uint32, cmd *Handler) bool {
	name := cmd.name
	if c.held != nil { // EXEC has looked at what the node must have: a transaction is carried out as a whole
		if no &^= NeedsWrite | NeedsData; no == 0 {
			return true
		}
	}
	executed := c.cmd
	c.cmd = nil // it is not, so it does not fail
	defer func() { c.cmd = executed }()
	switch {
	case no&NeedsRoom != 0:
		c.turnAway()
	case no&NeedsUser != 0:
		c.FailAs(reply.NoAuth, "Authentication required.")
	case no&NeedsLeave != 0:
		c.FailAs(reply.Generic, "the command '"+name+"' is switched off on this node by security.disabled_commands")
	case no&(MayRead|MayWrite|MayAdmin) != 0:
		c.noPermission(name)
	case no&AllKeys != 0:
		c.notAllKeys(name)
	case no&NeedsData != 0:
		c.FailAs(reply.Loading, "CacheGopher is getting its data from its group")
	case no&NeedsWrite != 0:
		c.FailAs(reply.ReadOnly, "You can't write against a read only replica.")
	default:
		return c.keysAllowed(cmd)
	}
	return false
}
