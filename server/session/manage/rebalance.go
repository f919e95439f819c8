package manage

import (
	"github.com/cachegopher/cachegopher/server/session"
	"github.com/cachegopher/cachegopher/server/session/reply"
)

var rebalanceCommands = []session.Command{
	{
		Name: "REBALANCE", Run: cmdRebalance, Arity: -1,
		Flags: "admin noscript loading stale", Group: "server", Shared: true, Since: "7.2.0",
		Syntax:  "[DRYRUN | PLAN id] [WITHOUT group [group ...] | ABANDON group [group ...]] | STATUS | CANCEL",
		Summary: "Moves slots so that each group owns as many as its weight says, while clients work. It answers the moves as JSON once they are recorded in etcd; the primaries carry them out.",
		Subcommands: []session.Subcommand{
			{Usage: "[WITHOUT <group> [<group> ...]]", Help: "Start the moves that give each group its share; groups after WITHOUT give all slots away."},
			{Usage: "DRYRUN [WITHOUT <group> [<group> ...]]", Help: "Return the moves, and start none."},
			{Usage: "PLAN <id> [WITHOUT <group> [<group> ...]]", Help: "Start the moves only if they are still those of the dry run with this id."},
			{Usage: "[DRYRUN | PLAN <id>] ABANDON <group> [<group> ...]", Help: "As WITHOUT, of groups without a primary, whose entries are lost: others get their slots at once, empty."},
			{Usage: "STATUS", Help: "Return who owns the slots, the moves under way, and this node's part in them, as JSON."},
			{Usage: "CANCEL", Help: "Give up the moves that are not done. Slots that have moved stay where they are."},
		},
		Line: []session.Form{{Min: 1, Max: session.Unlimited, Syntax: "[DRYRUN | PLAN <id>] [WITHOUT <group> ... | ABANDON <group> ...] | STATUS | CANCEL",
			Reply: "the moves of slots that are started, that a dry run would start, or that are under way, as JSON on one line"}},
	},
}

func cmdRebalance(c *session.Call) {
	r := c.Node.Rebalancer
	do, ok := rebalancing(c)
	switch {
	case c.NArg() == 2 && c.Is(1, "HELP"):
		c.UnknownSub("REBALANCE")
	case !ok:
		c.Error(reply.SyntaxError)
	case r == nil:
		c.Fail("slots move only in a cluster that has etcd, which records who owns them: give \"coordination\" in the config of every node; without it the ring places keys by the groups' names and weights")
	default:
		c.LaterBulk(func(done func([]byte, error)) { go func() { done(do(r)) }() })
	}
}

// rebalancing returns what the arguments ask for; ok is false if they cannot be understood.
func rebalancing(c *session.Call) (do func(session.Rebalancer) ([]byte, error), ok bool) {
	switch {
	case c.NArg() == 2 && c.Is(1, "STATUS"):
		return session.Rebalancer.Progress, true
	case c.NArg() == 2 && c.Is(1, "CANCEL"):
		return session.Rebalancer.Cancel, true
	}
	var asked session.RebalanceRequest
	words := 1
	switch {
	case c.NArg() > 1 && c.Is(1, "DRYRUN"):
		asked.DryRun, words = true, 2
	case c.NArg() > 2 && c.Is(1, "PLAN"):
		asked.Plan, words = string(c.Arg(2)), 3
	}
	if c.NArg() > words+1 && (c.Is(words, "WITHOUT") || c.Is(words, "ABANDON")) {
		asked.Abandon = c.Is(words, "ABANDON")
		asked.Without, words = c.Texts(words+1), c.NArg()
	}
	return func(r session.Rebalancer) ([]byte, error) { return r.Rebalance(asked) }, words == c.NArg()
}
