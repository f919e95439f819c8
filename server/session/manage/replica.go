package manage

import (
	"github.com/cachegopher/cachegopher/server/auth"
	"github.com/cachegopher/cachegopher/server/session"
)

var replicaCommands = []session.Command{
	{
		Name: "REPLICA", Run: cmdReplica, Arity: -2,
		Flags: "admin noscript loading stale", Spares: session.NeedsRoom | session.MayAdmin, Group: "server", Since: "7.2.0",
		Syntax:   "PAUSE | RESUME [secondary] | SERVE | POSITION | STREAM version group primary secondary [epoch] | TAKE version taker giver | IMPORT BEGIN move group epoch slots | KNOCK group secondary [epoch primary [history offset]] | HANDOVER group secondary",
		Summary:  "Pauses and resumes a primary's replication. SERVE makes a recovering primary serve at once: it stops waiting for missing members, and writes that only they hold are lost. POSITION tells how much of which history the node has: clients ask it that wait for their own writes. Nodes send each other STREAM, TAKE, IMPORT, KNOCK and HANDOVER.",
		Required: "the nodes of a group send it to each other; on a node with users, it requires the right replication or admin",
		BySub:    true,
		Subcommands: []session.Subcommand{
			{Usage: "PAUSE [<server-id>]", Help: "Pause replication to one secondary, or to all.", Shared: true},
			{Usage: "RESUME [<server-id>]", Help: "Resume replication to one secondary, or to all.", Shared: true},
			{Usage: "SERVE", Help: "Make a recovering primary serve without the members it waits for: writes that only they hold are lost."},
			{Usage: "POSITION", Help: "Return the node's role, the id of the history that it has, and the offset up to which it has it."},
		},
		Line: []session.Form{{Min: 2, Max: 3, Syntax: "PAUSE | RESUME [<secondary>] | SERVE", Reply: "`OK`; pauses or resumes replication to the secondaries, or makes a recovering primary serve without the members it waits for", Run: lineReplica}},
	},
}

// cmdReplica executes REPLICA: POSITION for everybody, STREAM, TAKE, IMPORT, KNOCK and HANDOVER for other nodes, the rest for
// administrators.
func cmdReplica(c *session.Call) {
	switch {
	case c.Node.Replication == nil:
		doesNotReplicate(c)
	case c.Is(1, "POSITION") && c.NArg() == 2:
		position(c, c.Node.Replication.Role())
	case c.Is(1, "STREAM"):
		if c.May(auth.Replication, "replica|stream") && c.MayAllKeys("replica|stream") {
			c.TakeOver(session.ToPrimary, c.Node.Replication.Open)
		}
	case c.Is(1, "TAKE"):
		if c.May(auth.Replication, "replica|take") && c.MayAllKeys("replica|take") {
			c.TakeOver(session.ToReplica, c.Node.Replication.Take)
		}
	case c.Is(1, "IMPORT") && c.Is(2, "BEGIN"):
		if c.May(auth.Replication, "replica|import") && c.MayAllKeys("replica|import") {
			wake, r := c.Session.Wake(), c.Node.Replication
			c.TakeOver(session.ToReplica, func(peer string, args []string, kill func()) (session.PeerLink, string, error) {
				return r.Import(peer, args, wake, kill)
			})
		}
	case c.Is(1, "KNOCK"):
		if c.May(auth.Replication, "replica|knock") {
			c.Out = append(c.Out, c.Node.Replication.Knock(c.Texts(2))...)
		}
	case c.Is(1, "HANDOVER"):
		if c.May(auth.Replication, "replica|handover") {
			args, r := c.Texts(2), c.Node.Replication
			c.Later(func(done func(error)) { go r.HandOver(args, done) })
		}
	case !steerReplication(c):
		c.UnknownSub("REPLICA")
	}
}

// position answers REPLICA POSITION.
func position(c *session.Call, r session.Role) {
	c.Array(3)
	c.Text(redisRole(!r.Secondary))
	c.Text(r.History)
	c.Integer(r.Offset)
}

// lineReplica executes the subcommands of administrators only.
func lineReplica(c *session.Call) {
	if c.Node.Replication == nil {
		doesNotReplicate(c)
	} else if !steerReplication(c) {
		c.NoSub("REPLICA")
	}
}

func doesNotReplicate(c *session.Call) {
	c.Fail("this node does not replicate: no other server of its config belongs to its group")
}

// steerReplication executes PAUSE, RESUME and SERVE; it returns false for any other subcommand.
func steerReplication(c *session.Call) bool {
	switch {
	case c.IsAny(1, "PAUSE", "RESUME") && c.NArg() <= 3:
		if c.May(auth.Admin, "replica|pause") {
			id := ""
			if c.NArg() == 3 {
				id = string(c.Arg(2))
			}
			done(c, c.Node.Replication.Pause(id, c.Is(1, "PAUSE")))
		}
	case c.Is(1, "SERVE") && c.NArg() == 2:
		if c.May(auth.Admin, "replica|serve") {
			done(c, c.Node.Replication.Serve())
		}
	default:
		return false
	}
	return true
}

// done answers OK, or err.
func done(c *session.Call, err error) {
	if err != nil {
		c.FailWith(err)
		return
	}
	c.OK()
}
