package keyspace

import (
	"github.com/cachegopher/cachegopher/internal/command"
	"github.com/cachegopher/cachegopher/server/session"
	"github.com/cachegopher/cachegopher/server/session/reply"
)

var keyCommands = []session.Command{
	{
		Name: "TYPE", Run: cmdType, Arity: 2, Keys: session.OneKey, KeyUse: "RO",
		Flags: "readonly fast", Group: "generic", Shared: true, Since: "1.0.0",
		Syntax:  "key",
		Summary: "Returns string, or none if the key does not exist.",
	},
	{
		Name: "RANDOMKEY", Run: cmdRandomKey, Arity: 1,
		Flags: "readonly", Needs: session.AllKeys, Group: "generic", Shared: true, Since: "1.0.0",
		Tips:    "request_policy:all_shards nondeterministic_output",
		Summary: "Returns a random key.",
		Differs: []session.Difference{{Compare: command.SameKind, What: "The random key differs."}},
	},
	{
		Name: "DBSIZE", Run: cmdDBSize, Arity: 1,
		Flags: "readonly fast", Needs: session.AllKeys, Categories: "keyspace", Group: "server", Shared: true, Since: "1.0.0",
		Tips:    "request_policy:all_shards response_policy:agg_sum",
		Summary: "Returns the number of keys.",
		Queued:  session.Within,
	},
	{
		Name: "FLUSHALL", Run: cmdFlush, Arity: -1,
		Flags: "write", Needs: session.AllKeys, Categories: "keyspace dangerous", Group: "server", Shared: true, Since: "1.0.0",
		Tips:    "request_policy:all_shards response_policy:all_succeeded",
		Syntax:  "[ASYNC | SYNC]",
		Summary: "Removes all keys.",
		Timed:   true, Queued: session.Within,
		Line: []session.Form{{Name: "FLUSH", Min: 1, Max: 1, Reply: "`OK`"}},
	},
	{
		Name: "FLUSHDB", Run: cmdFlush, Arity: -1,
		Flags: "write", Needs: session.AllKeys, Categories: "keyspace dangerous", Group: "server", Shared: true, Since: "1.0.0",
		Tips:    "request_policy:all_shards response_policy:all_succeeded",
		Syntax:  "[ASYNC | SYNC]",
		Summary: "Removes all keys.",
		Timed:   true, Queued: session.Within,
	},
}

func cmdType(c *session.Call) {
	s, _, ok := c.Peek(c.KeyHash, c.Arg(1))
	c.Unlock(s)
	if ok {
		c.Simple("string")
	} else {
		c.Simple("none")
	}
}

func cmdRandomKey(c *session.Call) {
	key, ok := c.Node.Store().Random(c.Scratch[:0], c.Now)
	if !ok {
		c.Missing()
		return
	}
	c.Scratch = key
	c.Bulk(key)
}

func cmdDBSize(c *session.Call) { c.Integer(c.Len()) }

func cmdFlush(c *session.Call) {
	if c.NArg() > 2 || c.NArg() == 2 && !c.Is(1, "ASYNC") && !c.Is(1, "SYNC") {
		c.Error(reply.SyntaxError)
		return
	}
	if c.Flush() {
		c.OK()
	}
}
