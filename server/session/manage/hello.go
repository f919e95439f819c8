package manage

import (
	"github.com/cachegopher/cachegopher/internal/command"
	"github.com/cachegopher/cachegopher/internal/wire"
	"github.com/cachegopher/cachegopher/server/session"
	"github.com/cachegopher/cachegopher/server/session/reply"
)

var helloCommands = []session.Command{
	{
		Name: "HELLO", Run: cmdHello, Arity: -1,
		Flags: "noscript loading stale fast no_auth allow_busy", Spares: session.NeedsRoom, Group: "connection", Since: "6.0.0",
		Syntax:   "[protover [AUTH username password] [SETNAME clientname]]",
		Summary:  "Chooses the version of the protocol.",
		Instead:  "WithAuth and WithName; the client chooses the protocol",
		Secret:   true,
		Required: "clients send it first",
		Differs:  []session.Difference{{Compare: command.OwnFields, Fields: []string{"version", "id"}, What: "Has this connection's id, and version 7.2.0."}},
	},
}

// redisVersion is the version of Redis whose replies a node imitates.
const redisVersion = "7.2.0"

func cmdHello(c *session.Call) {
	if c.NArg() < 5 && !c.HasRoom() { // without AUTH
		return
	}
	p := int64(c.Proto())
	i := 1
	if c.NArg() > 1 {
		var ok bool
		if p, ok = wire.ParseInt(c.Arg(1)); !ok {
			c.Fail("Protocol version is not an integer or out of range")
			return
		}
		if p < 2 || p > 3 {
			c.FailAs(reply.NoProto, "unsupported protocol version")
			return
		}
		i = 2
	}
	var name, user, password []byte
	for ; i < c.NArg(); i++ {
		switch left := c.NArg() - i - 1; {
		case c.Is(i, "AUTH") && left >= 2:
			user, password = c.Arg(i+1), c.Arg(i+2)
			if c.Node.Users == nil && string(user) != session.DefaultUser {
				c.Error(reply.WrongPassword)
				return
			}
			i += 2
		case c.Is(i, "SETNAME") && left >= 1:
			i++
			if name = c.Arg(i); !validName(c, name) {
				return
			}
		default:
			c.Fail("Syntax error in HELLO option '" + c.Shown(i) + "'")
			return
		}
	}
	called, rename := string(name), name != nil
	done := func(c *session.Call) {
		if !c.HasRoom() {
			return
		}
		c.SetProto(int(p))
		if rename {
			c.Session.SetName(called)
		}
		hello(c)
	}
	switch {
	case c.Node.Users != nil && user != nil:
		c.SignIn(string(user), password, done)
	case !c.Session.SignedIn():
		c.FailAs(reply.NoAuth, "HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time")
	default:
		done(c)
	}
}

func hello(c *session.Call) {
	c.Map(7)
	pair := func(k, v string) {
		c.Text(k)
		c.Text(v)
	}
	pair("server", "redis")
	pair("version", redisVersion)
	c.Text("proto")
	c.Integer(int64(c.Proto()))
	c.Text("id")
	c.Integer(int64(c.Session.ID()))
	pair("mode", redisMode(c.Node))
	pair("role", redisRole(c.Node.Leads()))
	c.Text("modules")
	c.Array(0)
}

// redisRole is the role of a primary, or of a secondary, in the words of Redis.
func redisRole(leads bool) string {
	if leads {
		return "master"
	}
	return "slave"
}

// redisMode is what the node is in the words of Redis.
func redisMode(n *session.Node) string {
	if n.Cluster() != nil {
		return "cluster"
	}
	return "standalone"
}
