package keyspace

import (
	"encoding/json"
	"slices"

	"github.com/cachegopher/cachegopher/internal/command"
	"github.com/cachegopher/cachegopher/internal/curve"
	"github.com/cachegopher/cachegopher/internal/wire"
	"github.com/cachegopher/cachegopher/lru"
	"github.com/cachegopher/cachegopher/server/auth"
	"github.com/cachegopher/cachegopher/server/session"
	"github.com/cachegopher/cachegopher/server/session/reply"
)

var objectCommands = []session.Command{
	{
		Name: "OBJECT", Run: cmdObject, Arity: -2, Keys: session.KeyOfSub,
		Flags: "readonly", Group: "generic", Shared: true, Since: "2.2.3",
		Syntax:  "ENCODING | FREQ | IDLETIME | REFCOUNT key",
		Summary: "Describes the value of a key.",
		Differs: []session.Difference{{Sub: "ENCODING", Compare: command.SameKind, What: "Depends on the value alone, not on the command that set it."}},
		Subcommands: []session.Subcommand{
			{Usage: "ENCODING <key>", Help: "Return the encoding that Redis would choose for the value."},
			{Usage: "FREQ <key>", Help: "Return about how often the key was used lately, up to 15, if the node evicts by LFU; otherwise an error."},
			{Usage: "IDLETIME <key>", Help: "Return the approximate number of seconds since the key was last used."},
			{Usage: "REFCOUNT <key>", Help: "Return 1."},
		},
	},
	{
		Name: "MEMORY", Run: cmdMemory, Arity: -2, Keys: session.KeyOfSub, Outside: "CURVE",
		Flags: "readonly", Spares: session.MayRead, Group: "server", Shared: true, Since: "4.0.0",
		Syntax:  "USAGE key [SAMPLES count] | CURVE",
		Summary: "Returns how much memory a key takes, or what hit ratios other budgets of memory would bring.",
		Differs: []session.Difference{{Sub: "USAGE", Compare: command.SameKind, What: "Memory that the key takes here."}},
		Subcommands: []session.Subcommand{
			{Usage: "USAGE <key> [SAMPLES <count>]", Help: "Return how many bytes of the memory budget a key takes."},
			{Usage: "CURVE", Help: "Return the hit ratios that 0.5 to 4 times today's memory would bring, as JSON."},
		},
		Line: []session.Form{{Min: 2, Max: 2, Syntax: "CURVE", Reply: "the hit ratios that other budgets of memory would bring, as JSON on one line"}},
	},
}

func cmdObject(c *session.Call) {
	switch {
	case !c.IsAny(1, "ENCODING", "FREQ", "IDLETIME", "REFCOUNT"):
		c.UnknownSub("OBJECT")
		return
	case c.NArg() != 3:
		c.WrongSubArgs()
		return
	}
	h := c.Hash(2)
	s, e, ok := c.Peek(h, c.Arg(2))
	defer c.Unlock(s)
	switch {
	case !ok:
		c.Missing()
	case c.Is(1, "ENCODING"):
		c.Text(encoding(s, e, &c.Scratch))
	case c.Is(1, "IDLETIME"):
		c.Integer(int64(s.Idle(e, c.Now).Seconds()))
	case c.Is(1, "REFCOUNT"):
		c.Integer(1)
	default:
		if n, ok := s.Frequency(h); ok {
			c.Integer(int64(n))
			return
		}
		c.Fail("An LFU maxmemory policy is not selected, access frequency not tracked. Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.")
	}
}

// encoding is Redis' name for the encoding of such a value.
func encoding(s *lru.Shard, e lru.Entry, scratch *[]byte) string {
	if n := s.Len(e); n <= 20 {
		*scratch = s.AppendValue((*scratch)[:0], e)
		if _, ok := wire.ParseInt(*scratch); ok {
			return "int"
		}
		return "embstr"
	} else if n <= 44 {
		return "embstr"
	}
	return "raw"
}

// cmdMemory executes MEMORY: CURVE for everybody, as INFO, USAGE for clients that may read.
func cmdMemory(c *session.Call) {
	if c.NArg() == 2 && c.Is(1, "CURVE") {
		memoryCurve(c)
		return
	}
	if !c.Is(1, "USAGE") {
		c.UnknownSub("MEMORY")
		return
	}
	if c.NArg() < 3 {
		c.WrongSubArgs()
		return
	}
	if !c.May(auth.Read, "memory|usage") {
		return
	}
	for i := 3; i < c.NArg(); i += 2 {
		if !c.Is(i, "SAMPLES") || i+1 == c.NArg() {
			c.Error(reply.SyntaxError)
			return
		}
		if n, ok := wire.ParseInt(c.Arg(i + 1)); !ok {
			c.Error(reply.NotAnInteger)
			return
		} else if n < 0 {
			c.Error(reply.SyntaxError)
			return
		}
	}
	s, e, ok := c.Peek(c.Hash(2), c.Arg(2))
	defer c.Unlock(s)
	if !ok {
		c.Missing()
		return
	}
	c.Integer(int64(s.Footprint(e)))
}

// memoryCurve answers the prediction of the node's hit ratio with other memory. As in INFO, the totals are those of the whole
// node for everybody; of the prefixes of the config a client sees those of which it may read every key.
func memoryCurve(c *session.Call) {
	predicted := c.Node.Curve()
	if u := c.Session.User(); u != nil {
		predicted.Prefixes = slices.DeleteFunc(predicted.Prefixes, func(p curve.Prefix) bool {
			return u.Rights&auth.Read == 0 || !u.MayTouch([]byte(p.Prefix))
		})
	}
	text, err := json.Marshal(predicted)
	if err != nil {
		c.FailWith(err)
		return
	}
	c.Bulk(text)
}
