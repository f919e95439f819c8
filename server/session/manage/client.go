package manage

import (
	"github.com/cachegopher/cachegopher/server/auth"
	"github.com/cachegopher/cachegopher/server/session"
	"github.com/cachegopher/cachegopher/server/session/reply"
)

var clientCommands = []session.Command{
	{
		Name: "CLIENT", Run: cmdClient, Arity: -2,
		Flags: "noscript loading stale", Group: "connection", Since: "2.4.0",
		Syntax:  "ID | INFO | LIST | KILL | SETNAME | GETNAME | SETINFO | NO-EVICT | NO-TOUCH | REPLY",
		Summary: "Describes, configures and closes connections.",
		Timed:   true,
		Differs: sameKind(aboutNode, "ID", "INFO", "LIST"),
		BySub:   true,
		Subcommands: []session.Subcommand{
			{Usage: "GETNAME", Help: "Return the name of this connection.", Shared: true},
			{Usage: "ID", Help: "Return the id of this connection.", Shared: true},
			{Usage: "INFO", Help: "Describe this connection.", Shared: true},
			{Usage: "KILL <option> [<value> ...]", Help: "Close the connections that match ID, ADDR, LADDR, TYPE, USER and SKIPME, or the one with a given client address.", Shared: true},
			{Usage: "LIST [<option> [<value> ...]]", Help: "Return a line for each connection, or for those that match TYPE or ID.", Shared: true},
			{Usage: "NO-EVICT (ON|OFF)", Help: "Accepted, without effect: this node does not choose by it which connections to close when memory is short."},
			{Usage: "NO-TOUCH (ON|OFF)", Help: "Accepted, without effect."},
			{Usage: "REPLY (ON|OFF|SKIP)", Help: "Set whether replies are sent.", Instead: "Pipeline"},
			{Usage: "SETINFO <option> <value>", Help: "Set LIB-NAME or LIB-VER, which LIST shows.", Instead: "WithName"},
			{Usage: "SETNAME <name>", Help: "Set the name of this connection.", Instead: "WithName"},
		},
	},
}

// validName reports whether name is valid for a client. If not, it answers an error.
func validName(c *session.Call, name []byte) bool { return plain(c, "Client names", name) }

// plain reports whether text may be in a line of CLIENT LIST, by the rules of Redis. If not, it answers an error that begins
// with what.
func plain(c *session.Call, what string, text []byte) bool {
	for _, b := range text {
		if b < '!' || b > '~' {
			c.Fail(what + " cannot contain spaces, newlines or special characters.")
			return false
		}
	}
	return true
}

func cmdClient(c *session.Call) {
	n := c.NArg()
	switch {
	case c.Is(1, "ID") && n == 2:
		c.Integer(int64(c.Session.ID()))
	case c.Is(1, "GETNAME") && n == 2:
		if name := c.Session.Name(); name != "" {
			c.Text(name)
		} else {
			c.Missing()
		}
	case c.Is(1, "SETNAME") && n == 3:
		if validName(c, c.Arg(2)) {
			c.Session.SetName(string(c.Arg(2)))
			c.OK()
		}
	case c.Is(1, "SETINFO") && n == 4:
		clientSetInfo(c)
	case c.Is(1, "INFO") && n == 2:
		c.Verbatim(clientLine(c.Session.Info()))
	case c.Is(1, "LIST"):
		if c.May(auth.Admin, "client|list") {
			clientList(c)
		}
	case c.Is(1, "KILL") && n >= 3:
		if c.May(auth.Admin, "client|kill") {
			clientKill(c)
		}
	case c.Is(1, "REPLY") && n == 3:
		clientReply(c)
	case (c.Is(1, "NO-EVICT") || c.Is(1, "NO-TOUCH")) && n == 3:
		clientFlag(c)
	case c.IsAny(1, "ID", "GETNAME", "SETNAME", "SETINFO", "INFO", "KILL", "REPLY", "NO-EVICT", "NO-TOUCH"):
		c.WrongSubArgs()
	default:
		c.UnknownSub("CLIENT")
	}
}

func clientSetInfo(c *session.Call) {
	if !plain(c, c.Lower(2), c.Arg(3)) {
		return
	}
	value := string(c.Arg(3))
	switch {
	case c.Is(2, "LIB-NAME"):
		c.Session.SetLibrary(value)
	case c.Is(2, "LIB-VER"):
		c.Session.SetLibraryVersion(value)
	default:
		c.Fail("Unrecognized option '" + c.Shown(2) + "'")
		return
	}
	c.OK()
}

func clientReply(c *session.Call) {
	switch {
	case c.Is(2, "ON"):
		c.Session.Mute(false)
		c.OK()
	case c.Is(2, "OFF"):
		c.Session.Mute(true)
	case c.Is(2, "SKIP"):
		c.Session.SkipReply()
	default:
		c.Error(reply.SyntaxError)
	}
}

// clientFlag executes NO-EVICT and NO-TOUCH.
func clientFlag(c *session.Call) {
	if !c.IsAny(2, "ON", "OFF") {
		c.Error(reply.SyntaxError)
		return
	}
	if c.Is(1, "NO-EVICT") {
		c.Session.SetNoEvict(c.Is(2, "ON"))
	}
	c.OK()
}
