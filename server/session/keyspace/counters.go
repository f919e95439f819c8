package keyspace

import (
	"math/big"

	"github.com/cachegopher/cachegopher/internal/wire"
	"github.com/cachegopher/cachegopher/server/session"
	"github.com/cachegopher/cachegopher/server/session/reply"
)

var counterCommands = []session.Command{
	{
		Name: "INCR", Run: cmdIncr, Arity: 2, Keys: session.OneKey, KeyUse: "RW access update",
		Flags: "write denyoom fast", Group: "string", Shared: true, Since: "1.0.0",
		Syntax:  "key",
		Summary: "Adds one to the number in a key.",
		Line:    []session.Form{{Min: 2, Max: 2, Key: 1, Syntax: "<key>", Reply: "the new number, or `ERROR: Value is not an integer or out of range`"}},
	},
	{
		Name: "DECR", Run: cmdDecr, Arity: 2, Keys: session.OneKey, KeyUse: "RW access update",
		Flags: "write denyoom fast", Group: "string", Shared: true, Since: "1.0.0",
		Syntax:  "key",
		Summary: "Subtracts one from the number in a key.",
		Line:    []session.Form{{Min: 2, Max: 2, Key: 1, Syntax: "<key>", Reply: "the new number, or `ERROR: Value is not an integer or out of range`"}},
	},
	{
		Name: "INCRBY", Run: cmdIncrBy, Arity: 3, Keys: session.OneKey, KeyUse: "RW access update",
		Flags: "write denyoom fast", Group: "string", Shared: true, Since: "1.0.0",
		Syntax:  "key increment",
		Summary: "Adds to the number in a key.",
	},
	{
		Name: "DECRBY", Run: cmdDecrBy, Arity: 3, Keys: session.OneKey, KeyUse: "RW access update",
		Flags: "write denyoom fast", Group: "string", Shared: true, Since: "1.0.0",
		Syntax:  "key decrement",
		Summary: "Subtracts from the number in a key.",
	},
	{
		Name: "INCRBYFLOAT", Run: cmdIncrByFloat, Arity: 3, Keys: session.OneKey, KeyUse: "RW access update",
		Flags: "write denyoom fast", Group: "string", Shared: true, Since: "2.6.0",
		Syntax:  "key increment",
		Summary: "Adds a floating point number to the number in a key.",
	},
}

// The errors of INCR, DECR and their variants, which the line dialect words alike.
var (
	notNumber = reply.Error{Text: reply.NotAnInteger.Text, Line: lineNotNumber}
	overflow  = reply.Error{Text: "increment or decrement would overflow", Line: lineNotNumber}
)

const lineNotNumber = "Value is not an integer or out of range"

func cmdIncr(c *session.Call) { incr(c, 1) }
func cmdDecr(c *session.Call) { incr(c, -1) }

func cmdIncrBy(c *session.Call) {
	if by, ok := wire.ParseInt(c.Arg(2)); ok {
		incr(c, by)
	} else {
		c.Error(reply.NotAnInteger)
	}
}

func cmdDecrBy(c *session.Call) {
	by, ok := wire.ParseInt(c.Arg(2))
	switch {
	case !ok:
		c.Error(reply.NotAnInteger)
	case by == -1<<63:
		c.Fail("decrement would overflow")
	default:
		incr(c, -by)
	}
}

// incr adds by to the number under the key, which keeps its expiry.
func incr(c *session.Call, by int64) {
	key := c.Arg(1)
	s, e, ok := c.Peek(c.KeyHash, key)
	defer c.Unlock(s)
	n, at := int64(0), int64(0)
	text := c.Scratch[:0]
	if ok {
		at = s.Expiry(e)
		valid := s.Len(e) <= 20
		if valid {
			text = s.AppendValue(text, e)
			c.Scratch = text
			n, valid = wire.ParseInt(text)
		}
		if !valid {
			c.Error(notNumber)
			return
		}
	}
	sum := n + by
	if (by > 0) != (sum > n) && by != 0 {
		c.Error(overflow)
		return
	}
	text = wire.AppendInt(text[:0], sum)
	c.Scratch = text
	if c.Put(s, c.KeyHash, key, text, at) {
		c.Integer(sum)
	}
}

func cmdIncrByFloat(c *session.Call) {
	key := c.Arg(1)
	s, e, ok := c.Peek(c.KeyHash, key)
	defer c.Unlock(s)
	value, at := new(big.Float).SetPrec(64), int64(0)
	if ok {
		at = s.Expiry(e)
		c.Scratch = s.AppendValue(c.Scratch[:0], e)
		if value, ok = wire.ParseFloat(c.Scratch); !ok {
			c.Fail("value is not a valid float")
			return
		}
	}
	by, ok := wire.ParseFloat(c.Arg(2))
	if !ok {
		c.Fail("value is not a valid float")
		return
	}
	sum := new(big.Float).SetPrec(64).SetMode(big.ToNearestEven)
	infinite := by.IsInf() || value.IsInf() // Add panics on infinities of opposite signs
	if !infinite {
		sum.Add(value, by)
	}
	// The stored text must be readable as a number again.
	if infinite || wire.FloatOverflows(sum) {
		c.Fail("increment would produce NaN or Infinity")
		return
	}
	c.Scratch = wire.AppendFloat(c.Scratch[:0], sum)
	if c.Put(s, c.KeyHash, key, c.Scratch, at) {
		c.Bulk(c.Scratch)
	}
}
