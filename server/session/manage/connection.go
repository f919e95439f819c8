package manage

import (
	"strconv"
	"time"

	"github.com/cachegopher/cachegopher/server/session"
	"github.com/cachegopher/cachegopher/server/session/reply"
)

var connectionCommands = []session.Command{
	{
		Name: "PING", Run: cmdPing, Arity: -1,
		Flags: "fast", Spares: session.NeedsRoom | session.NeedsUser, Group: "connection", Shared: true, Since: "1.0.0",
		Tips:    "request_policy:all_shards response_policy:all_succeeded",
		Syntax:  "[message]",
		Summary: "Answers PONG, or the message.",
		Secret:  true, Queued: session.Within,
		Required: "health checks send it",
		Line:     []session.Form{{Min: 1, Max: 1, Reply: "`PONG`"}},
	},
	{
		Name: "ECHO", Run: cmdEcho, Arity: 2,
		Flags: "loading stale fast", Group: "connection", Shared: true, Since: "1.0.0",
		Syntax:  "message",
		Summary: "Answers the message.",
		Secret:  true, Queued: session.Within,
	},
	{
		Name: "SELECT", Run: cmdSelect, Arity: 2,
		Flags: "loading stale fast", Group: "connection", Since: "1.0.0",
		Syntax:  "index",
		Summary: "Accepts database 0, the only one.",
		Instead: "prefixes of keys; there is one database",
		Queued:  session.Within,
	},
	{
		Name: "RESET", Run: cmdReset, Arity: 1,
		Flags: "noscript loading stale fast no_auth allow_busy", Group: "connection", Since: "6.2.0",
		Summary: "Resets the connection to its initial state.",
		Instead: "nothing: the client manages its connections",
		Queued:  session.Alone,
	},
	{
		Name: "QUIT", Run: cmdQuit, Arity: -1,
		Flags: "noscript loading stale fast no_auth allow_busy", Spares: session.NeedsRoom, Group: "connection", Since: "1.0.0",
		Summary: "Closes the connection.",
		Instead: "Close",
		Queued:  session.Alone,
		Line:    []session.Form{{Name: "EXIT", Min: 1, Max: 1, Reply: "`Goodbye!`, then the connection closes", Words: &reply.Words{OK: "Goodbye!"}}},
	},
	{
		Name: "TIME", Run: cmdTime, Arity: 1,
		Flags: "loading stale fast", Group: "server", Shared: true, Since: "2.6.0",
		Tips:    "nondeterministic_output",
		Summary: "Returns the node's time.",
		Queued:  session.Within,
		Differs: sameKind(aboutNode, ""),
	},
}

func cmdPing(c *session.Call) {
	switch c.NArg() {
	case 1:
		c.Simple("PONG")
	case 2:
		c.Bulk(c.Arg(1))
	default:
		c.WrongArgs("ping")
	}
}

func cmdEcho(c *session.Call) { c.Bulk(c.Arg(1)) }

func cmdQuit(c *session.Call) {
	c.OK()
	c.Close("")
}

func cmdSelect(c *session.Call) {
	if c.Database(1) {
		c.OK()
	}
}

func cmdReset(c *session.Call) {
	c.Reset()
	c.Simple("RESET")
}

func cmdTime(c *session.Call) {
	c.Array(2)
	var d [20]byte
	now := time.Now().UnixMicro() // finer than the store's clock
	c.Bulk(strconv.AppendInt(d[:0], now/1e6, 10))
	c.Bulk(strconv.AppendInt(d[:0], now%1e6, 10))
}
