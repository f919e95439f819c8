package manage

import "github.com/cachegopher/cachegopher/server/session"

var moduleCommands = []session.Command{
	{
		Name: "MODULE", Run: cmdModule, Arity: -2,
		Flags: "admin noscript", Group: "server", Shared: true, Since: "4.0.0",
		Syntax:  "LIST",
		Summary: "Answers that there are no modules.",
		Subcommands: []session.Subcommand{
			{Usage: "LIST", Help: "Return no modules: there are none."},
		},
	},
}

func cmdModule(c *session.Call) {
	switch {
	case c.Is(1, "LIST") && c.NArg() == 2:
		c.Array(0)
	case c.Is(1, "LIST"):
		c.WrongSubArgs()
	default:
		c.UnknownSub("MODULE")
	}
}
