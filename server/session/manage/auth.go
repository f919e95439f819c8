package manage

import (
	"github.com/cachegopher/cachegopher/server/session"
	"github.com/cachegopher/cachegopher/server/session/reply"
)

var authCommands = []session.Command{
	{
		Name: "AUTH", Run: cmdAuth, Arity: -2,
		Flags: "noscript loading stale fast no_auth allow_busy", Spares: session.NeedsRoom, Group: "connection", Since: "1.0.0",
		Syntax:   "[username] password",
		Summary:  "Authenticates the connection.",
		Instead:  "WithAuth",
		Secret:   true,
		Required: "clients, nodes and health checks sign in with it",
		Line:     []session.Form{{Min: 2, Max: 3, Syntax: "[<user>] <password>", Reply: "`OK`, or `ERROR: WRONGPASS ...`"}},
	},
	{
		Name: "ACL", Run: cmdACL, Arity: -2,
		Flags: "noscript loading stale", Group: "server", Shared: true, Since: "6.0.0",
		Syntax:  "WHOAMI",
		Summary: "Shows the user that the connection has signed in as.",
		Subcommands: []session.Subcommand{
			{Usage: "WHOAMI", Help: "Return the name of the user of this connection."},
		},
	},
}

func cmdAuth(c *session.Call) {
	name, password := session.DefaultUser, c.Arg(1)
	switch {
	case c.NArg() > 3:
		c.Error(reply.SyntaxError)
		return
	case c.NArg() == 3:
		name, password = string(c.Arg(1)), c.Arg(2)
	}
	switch {
	case c.Node.Users != nil:
		c.SignIn(name, password, (*session.Call).OK)
	case c.NArg() == 2:
		c.Fail("AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?")
	case name == session.DefaultUser:
		c.OK() // without a configured password any is accepted, as in Redis
	default:
		c.Error(reply.WrongPassword)
	}
}

func cmdACL(c *session.Call) {
	switch {
	case c.Is(1, "WHOAMI") && c.NArg() == 2:
		c.Text(c.Session.Info().User)
	case c.Is(1, "WHOAMI"):
		c.WrongSubArgs()
	default:
		c.UnknownSub("ACL")
	}
}
