package manage

import (
	"github.com/cachegopher/cachegopher/server/session"
	"github.com/cachegopher/cachegopher/server/session/reply"
)

var topologyCommands = []session.Command{
	{
		Name: "TOPOLOGY", Run: cmdTopology, Arity: -1,
		Flags: "noscript loading stale fast", Spares: session.NeedsRoom, Group: "server", Shared: true, Since: "7.2.0",
		Syntax:  "[WATCH | UNWATCH | NOREDIRECT]",
		Summary: "Returns the servers, and the primary and epoch of each group, as JSON; where an assignment of slots is stored, also the slots' owners (`slots`) and the moves under way (`moves`). WATCH also pushes changes to the connection.",
		Subcommands: []session.Subcommand{
			{Usage: "(no subcommand)", Help: "Return the topology that this node knows, as JSON."},
			{Usage: "WATCH", Help: "Return the topology, and push it to this connection when it changes: a RESP3 push message of \"topology\" and the JSON."},
			{Usage: "NOREDIRECT", Help: "Return OK, and redirect no request on this connection: its client knows the topology. If an assignment of slots is stored, requests for slots of other groups are still answered MOVED. WATCH implies it."},
			{Usage: "UNWATCH", Help: "Return the topology, and stop pushing it."},
		},
		Line: []session.Form{{Min: 1, Max: 1, Reply: "the topology that this node knows, as JSON on one line"}},
	},
	{
		Name: "PROMOTE", Run: cmdPromote, Arity: -1,
		Flags: "admin noscript loading stale", Group: "server", Shared: true, Since: "7.2.0",
		Syntax:  "[server-id | FORCE]",
		Summary: "Makes this node, or the named one, the primary of its group. The old primary hands over, and no write is lost. FORCE takes over from a dead primary without its consent.",
		Line:    []session.Form{{Min: 1, Max: 2, Syntax: "[<server-id> | FORCE]", Reply: "`OK` once the node is the group's primary"}},
	},
}

func cmdTopology(c *session.Call) {
	switch {
	case c.NArg() == 1:
	case c.NArg() > 2:
		c.WrongSubArgs()
		return
	case c.Is(1, "WATCH") && c.Proto() < 3:
		c.Fail("TOPOLOGY WATCH takes RESP3: say HELLO 3 first")
		return
	case c.Is(1, "NOREDIRECT"):
		c.Session.RouteItself()
		c.OK()
		return
	case c.Is(1, "WATCH"):
		c.Session.RouteItself()
		c.Session.WatchTopology(true)
	case c.Is(1, "UNWATCH"):
		c.Session.WatchTopology(false)
	default:
		c.UnknownSub("TOPOLOGY")
		return
	}
	c.Bulk(c.Node.Topology())
}

func cmdPromote(c *session.Call) {
	r := c.Node.Replication
	switch {
	case c.NArg() > 2:
		c.Error(reply.SyntaxError)
		return
	case r == nil:
		doesNotReplicate(c)
		return
	}
	id, force := "", c.NArg() == 2 && c.Is(1, "FORCE")
	if c.NArg() == 2 && !force {
		id = string(c.Arg(1))
	}
	c.Later(func(done func(error)) { go r.Promote(id, force, done) })
}
