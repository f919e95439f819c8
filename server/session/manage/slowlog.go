package manage

import (
	"github.com/cachegopher/cachegopher/internal/wire"
	"github.com/cachegopher/cachegopher/server/session"
)

var slowlogCommands = []session.Command{
	{
		Name: "SLOWLOG", Run: cmdSlowlog, Arity: -2,
		Flags: "admin loading stale", Group: "server", Shared: true, Since: "2.2.12",
		Syntax:  "GET [count] | LEN | RESET",
		Summary: "Shows the latest slow commands.",
		Differs: sameKind(aboutNode, "GET", "LEN"),
		Subcommands: []session.Subcommand{
			{Usage: "GET [<count>]", Help: "Return the newest slow commands: 10 by default, all for -1."},
			{Usage: "LEN", Help: "Return the number of entries."},
			{Usage: "RESET", Help: "Remove all entries."},
		},
	},
}

func cmdSlowlog(c *session.Call) {
	log := c.Node.SlowLog()
	switch {
	case c.Is(1, "LEN") && c.NArg() == 2:
		c.Integer(int64(log.Len()))
	case c.Is(1, "RESET") && c.NArg() == 2:
		log.Reset()
		c.OK()
	case c.Is(1, "GET") && c.NArg() <= 3:
		count := int64(10)
		if c.NArg() == 3 {
			var ok bool
			if count, ok = wire.ParseInt(c.Arg(2)); !ok || count < -1 {
				c.Fail("count should be greater than or equal to -1")
				return
			}
		}
		slowCommands(c, log.Newest(count))
	case c.Is(1, "GET"):
		c.SubSyntax("SLOWLOG")
	case c.Is(1, "LEN"), c.Is(1, "RESET"):
		c.WrongSubArgs()
	default:
		c.UnknownSub("SLOWLOG")
	}
}

func slowCommands(c *session.Call, entries []session.SlowCommand) {
	c.Array(len(entries))
	for _, e := range entries {
		c.Array(6)
		c.Integer(e.ID)
		c.Integer(e.At.Unix())
		c.Integer(e.Took.Microseconds())
		c.Array(len(e.Args))
		for _, a := range e.ShownTo(c.Session.User()) {
			c.Text(a)
		}
		c.Text(e.Client)
		c.Text(e.Name)
	}
}
