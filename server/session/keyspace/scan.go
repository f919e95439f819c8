package keyspace

import (
	"strconv"

	"github.com/cachegopher/cachegopher/internal/command"
	"github.com/cachegopher/cachegopher/internal/wire"
	"github.com/cachegopher/cachegopher/server/session"
	"github.com/cachegopher/cachegopher/server/session/reply"
)

// mostPattern is the greatest length of a pattern, in bytes.
const mostPattern = 8192

// ownOrder is the difference of KEYS and SCAN from Redis.
const ownOrder = "The order of keys is the store's own; so are the cursors of a walk, and how many keys a step returns."

var scanCommands = []session.Command{
	{
		Name: "KEYS", Run: cmdKeys, Arity: 2,
		Flags: "readonly", Needs: session.AllKeys, Categories: "dangerous", Group: "generic", Shared: true, Since: "1.0.0",
		Tips:    "request_policy:all_shards nondeterministic_output_order",
		Syntax:  "pattern",
		Summary: "Returns the keys that match a pattern.",
		Timed:   true,
		Differs: []session.Difference{{Compare: command.AnyOrder, What: ownOrder}},
		Line:    []session.Form{{Min: 1, Max: 1, Reply: "a key a line, or `No keys found`", Run: lineKeys, Words: &reply.Words{Empty: "No keys found"}}},
	},
	{
		Name: "SCAN", Run: cmdScan, Arity: -2,
		Flags: "readonly", Needs: session.AllKeys, Group: "generic", Shared: true, Since: "2.8.0",
		Tips:    "nondeterministic_output request_policy:special",
		Syntax:  "cursor [MATCH pattern] [COUNT count] [TYPE type]",
		Summary: "Iterates over the keys in steps.",
		Timed:   true,
		Differs: []session.Difference{{Compare: command.AnyOrder, What: ownOrder}},
	},
}

func lineKeys(c *session.Call) { c.Walk(nil) }

func cmdKeys(c *session.Call) {
	if refusePattern(c, c.Arg(1)) {
		return
	}
	if p := c.Arg(1); string(p) != "*" {
		c.Walk(append([]byte{}, p...))
		return
	}
	c.Walk(nil)
}

func cmdScan(c *session.Call) {
	cursor, ok := wire.ParseCursor(c.Arg(1))
	if !ok {
		c.Fail("invalid cursor")
		return
	}
	var pattern []byte
	count := int64(10)
	strings := true
	for i := 2; i < c.NArg(); i += 2 {
		switch {
		case i+1 == c.NArg():
			c.Error(reply.SyntaxError)
			return
		case c.Is(i, "COUNT"):
			if count, ok = wire.ParseInt(c.Arg(i + 1)); !ok {
				c.Error(reply.NotAnInteger)
				return
			}
			if count < 1 {
				c.Error(reply.SyntaxError)
				return
			}
		case c.Is(i, "MATCH"):
			if pattern = c.Arg(i + 1); string(pattern) == "*" {
				pattern = nil
			}
		case c.Is(i, "TYPE"):
			strings = c.Is(i+1, "STRING")
		default:
			c.Error(reply.SyntaxError)
			return
		}
	}
	if refusePattern(c, pattern) {
		return
	}
	if !strings {
		pattern = nil // every value is a string, so no key has the requested type
	}
	found, kept := 0, c.Scratch[:0]
	next := c.Scan(cursor, count, pattern, func(key []byte) {
		if strings {
			kept = c.AppendBulk(kept, key)
			found++
		}
	})
	c.Scratch = kept
	c.Array(2)
	var digits [20]byte
	c.Bulk(strconv.AppendUint(digits[:0], next, 10))
	c.Array(found)
	c.Raw(kept)
}

// refusePattern reports whether pattern is too long, and answers an error if it is.
func refusePattern(c *session.Call, pattern []byte) bool {
	if len(pattern) > mostPattern {
		c.Fail("pattern is " + strconv.Itoa(len(pattern)) + " bytes, the limit is " + strconv.Itoa(mostPattern))
	}
	return len(pattern) > mostPattern
}
