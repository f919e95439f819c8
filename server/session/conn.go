package session

import (
	"strconv"
	"time"

	"github.com/cachegopher/cachegopher/internal/command"
	"github.com/cachegopher/cachegopher/internal/wire"
	"github.com/cachegopher/cachegopher/server/session/reply"
)

var connectionCommands = []Command{
	{
		Name: "PING", Run: cmdPing, Arity: -1,
		Flags: "fast", Spares: NeedsRoom | NeedsUser, Group: "connection", Shared: true, Since: "1.0.0",
		Tips:    "request_policy:all_shards response_policy:all_succeeded",
		Syntax:  "[message]",
		Summary: "Answers PONG, or the message.",
		Secret:  true, Queued: Within,
		Required: "health checks ask with it",
		Line:     []Form{{Min: 1, Max: 1, Reply: "`PONG`"}},
	},
	{
		Name: "ECHO", Run: cmdEcho, Arity: 2,
		Flags: "loading stale fast", Group: "connection", Shared: true, Since: "1.0.0",
		Syntax:  "message",
		Summary: "Answers the message.",
		Secret:  true, Queued: Within,
	},
	{
		Name: "SELECT", Run: cmdSelect, Arity: 2,
		Flags: "loading stale fast", Group: "connection", Since: "1.0.0",
		Syntax:  "index",
		Summary: "Accepts database 0, the only one.",
		Instead: "prefixes of keys; there is one database",
		Queued:  Within,
	},
	{
		Name: "HELLO", Run: cmdHello, Arity: -1,
		Flags: "noscript loading stale fast no_auth allow_busy", Group: "connection", Since: "6.0.0",
		Syntax:   "[protover [AUTH username password] [SETNAME clientname]]",
		Summary:  "Agrees on the version of the protocol.",
		Instead:  "WithAuth and WithName; the client chooses the protocol",
		Secret:   true,
		Required: "clients begin with it",
		Differs:  []Difference{{Compare: command.OwnFields, Fields: []string{"version", "id"}, What: "Tells this connection's id, and version 7.2.0."}},
	},
	{
		Name: "RESET", Run: cmdReset, Arity: 1,
		Flags: "noscript loading stale fast no_auth allow_busy", Group: "connection", Since: "6.2.0",
		Summary: "Gives the connection its first state back.",
		Instead: "nothing: the client looks after its connections",
		Queued:  Alone,
	},
	{
		Name: "QUIT", Run: cmdQuit, Arity: -1,
		Flags: "noscript loading stale fast no_auth allow_busy", Spares: NeedsRoom, Group: "connection", Since: "1.0.0",
		Summary: "Closes the connection.",
		Instead: "Close",
		Queued:  Alone,
		Line:    []Form{{Name: "EXIT", Min: 1, Max: 1, Reply: "`Goodbye!`, then the connection closes", Words: &reply.Words{OK: "Goodbye!"}}},
	},
	{
		Name: "TIME", Run: cmdTime, Arity: 1,
		Flags: "loading stale fast", Group: "server", Shared: true, Since: "2.6.0",
		Tips:    "nondeterministic_output",
		Summary: "Returns the node's time.",
		Queued:  Within,
		Differs: []Difference{{Compare: command.SameKind, What: aboutNode}},
	},
}

func cmdPing(c *Call) {
	switch c.NArg() {
	case 1:
		c.Simple("PONG")
	case 2:
		c.Bulk(c.Arg(1))
	default:
		c.WrongArgs("ping")
	}
}

func cmdEcho(c *Call) { c.Out = wire.Bulk(c.Out, c.Arg(1)) }

func cmdQuit(c *Call) {
	c.OK()
	c.Session.closing = true
}

func cmdSelect(c *Call) {
	if c.Database(1) {
		c.OK()
	}
}

func cmdReset(c *Call) {
	s := c.Session
	if s.user != nil {
		s.leave()
	}
	c.setProto(2)
	c.endTransaction()
	s.muted, s.skip = false, 0
	s.mu.Lock()
	s.name, s.noEvict, s.noTouch = "", false, false
	if c.Node.Users != nil {
		s.userName, s.account = "", nil
	}
	s.mu.Unlock()
	c.Simple("RESET")
}

func cmdTime(c *Call) {
	c.Array(2)
	var d [20]byte
	now := time.Now().UnixMicro() // finer than the store's clock
	c.Bulk(strconv.AppendInt(d[:0], now/1e6, 10))
	c.Bulk(strconv.AppendInt(d[:0], now%1e6, 10))
}

func cmdHello(c *Call) {
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
			if c.Node.Users == nil && string(user) != everybody {
				c.Error(reply.WrongPassword)
				return
			}
			i += 2
		case c.Is(i, "SETNAME") && left >= 1:
			i++
			if name = c.Arg(i); !c.validName(name) {
				return
			}
		default:
			c.Fail("Syntax error in HELLO option '" + c.Shown(i) + "'")
			return
		}
	}
	called, rename := string(name), name != nil
	done := func(c *Call) {
		c.setProto(p)
		if rename {
			c.Session.setName(called)
		}
		c.hello()
	}
	switch {
	case c.Node.Users != nil && user != nil:
		c.signIn(string(user), password, done)
	case c.Session.denied&NeedsUser != 0:
		c.FailAs(reply.NoAuth, "HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time")
	default:
		done(c)
	}
}

// setProto changes the version of RESP, for the reply to this command already.
func (c *Call) setProto(p int64) {
	c.SetProto(int(p))
	c.Session.proto = uint8(p)
	c.Session.protoShown.Store(int32(p))
}

func (c *Call) hello() {
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
	c.Integer(int64(c.Session.id))
	pair("mode", "standalone")
	pair("role", c.Node.wireRole())
	c.Text("modules")
	c.Array(0)
}

// redisVersion is the version of Redis whose replies these are.
const redisVersion = "7.2.0"

// wireRole is the role as clients of Redis know it.
func (n *Node) wireRole() string {
	if !n.leads() {
		return "slave"
	}
	return "master"
}
