package keyspace

import (
	"math"

	"github.com/cachegopher/cachegopher/internal/wire"
	"github.com/cachegopher/cachegopher/server/session"
	"github.com/cachegopher/cachegopher/server/session/reply"
)

var expireCommands = []session.Command{
	{
		Name: "GETEX", Run: cmdGetEx, Arity: -2, Keys: session.OneKey, KeyUse: "RW access update",
		Flags: "write fast", Group: "string", Shared: true, Since: "6.2.0",
		Syntax:  "key [EX seconds | PX milliseconds | EXAT unix-time-seconds | PXAT unix-time-milliseconds | PERSIST]",
		Summary: "Returns the value of a key after setting its expiry.",
	},
	{
		Name: "EXPIRE", Run: cmdExpire, Arity: -3, Keys: session.OneKey, KeyUse: "RW update",
		Flags: "write fast", Group: "generic", Shared: true, Since: "1.0.0",
		Syntax:  "key seconds [NX | XX | GT | LT]",
		Summary: "Sets the expiry of a key in seconds from now.",
		Line:    []session.Form{{Min: 3, Max: 3, Key: 1, Syntax: "<key> <seconds>", Reply: "`OK`, or `ERROR: Key not found`", Run: lineExpire}},
	},
	{
		Name: "PEXPIRE", Run: cmdPExpire, Arity: -3, Keys: session.OneKey, KeyUse: "RW update",
		Flags: "write fast", Group: "generic", Shared: true, Since: "2.6.0",
		Syntax:  "key milliseconds [NX | XX | GT | LT]",
		Summary: "Sets the expiry of a key in milliseconds from now.",
	},
	{
		Name: "EXPIREAT", Run: cmdExpireAt, Arity: -3, Keys: session.OneKey, KeyUse: "RW update",
		Flags: "write fast", Group: "generic", Shared: true, Since: "1.2.0",
		Syntax:  "key unix-time-seconds [NX | XX | GT | LT]",
		Summary: "Sets the expiry of a key as a Unix time in seconds.",
	},
	{
		Name: "PEXPIREAT", Run: cmdPExpireAt, Arity: -3, Keys: session.OneKey, KeyUse: "RW update",
		Flags: "write fast", Group: "generic", Shared: true, Since: "2.6.0",
		Syntax:  "key unix-time-milliseconds [NX | XX | GT | LT]",
		Summary: "Sets the expiry of a key as a Unix time in milliseconds.",
	},
	{
		Name: "PERSIST", Run: cmdPersist, Arity: 2, Keys: session.OneKey, KeyUse: "RW update",
		Flags: "write fast", Group: "generic", Shared: true, Since: "2.2.0",
		Syntax:  "key",
		Summary: "Removes the expiry of a key.",
		Line:    []session.Form{{Min: 2, Max: 2, Key: 1, Syntax: "<key>", Reply: "`OK`, or `ERROR: Key not found`", Run: linePersist}},
	},
}

// maxExpiry is the longest expiry that the line dialect accepts, in milliseconds
// from now. It is small enough that no sum overflows.
const maxExpiry = math.MaxInt64 / 4

// expiryArg reads argument i, a time in units of unit milliseconds after base, for a command that stores a value. It answers an
// error if the time is not positive.
func expiryArg(c *session.Call, i int, unit, base int64) (at int64, ok bool) {
	n, ok := wire.ParseInt(c.Arg(i))
	if !ok {
		c.Error(reply.NotAnInteger)
		return 0, false
	}
	if n <= 0 || unit == 1000 && n > math.MaxInt64/1000 || n*unit > math.MaxInt64-base {
		c.Fail("invalid expire time in '" + c.Name() + "' command")
		return 0, false
	}
	return n*unit + base, true
}

func cmdExpire(c *session.Call)    { setExpireAt(c, 1000, c.Now) }
func cmdPExpire(c *session.Call)   { setExpireAt(c, 1, c.Now) }
func cmdExpireAt(c *session.Call)  { setExpireAt(c, 1000, 0) }
func cmdPExpireAt(c *session.Call) { setExpireAt(c, 1, 0) }

// expireFlags are the conditions of EXPIRE and its variants.
type expireFlags struct{ nx, xx, gt, lt bool }

// parseFlags reads the conditions from argument from on. It answers an error if they are wrong.
func parseFlags(c *session.Call, from int) (f expireFlags, ok bool) {
	for i := from; i < c.NArg(); i++ {
		switch {
		case c.Is(i, "NX"):
			f.nx = true
		case c.Is(i, "XX"):
			f.xx = true
		case c.Is(i, "GT"):
			f.gt = true
		case c.Is(i, "LT"):
			f.lt = true
		default:
			c.Fail("Unsupported option " + c.Shown(i))
			return f, false
		}
	}
	switch {
	case f.nx && (f.xx || f.gt || f.lt):
		c.Fail("NX and XX, GT or LT options at the same time are not compatible")
		return f, false
	case f.gt && f.lt:
		c.Fail("GT and LT options at the same time are not compatible")
		return f, false
	}
	return f, true
}

// allow reports whether the conditions allow the expiry to replace the current one; 0: none.
func (f expireFlags) allow(present, at int64) bool {
	switch {
	case f.nx && present != 0, f.xx && present == 0:
		return false
	case f.gt && (present == 0 || at <= present):
		return false
	case f.lt && present != 0 && at >= present:
		return false
	}
	return true
}

func setExpireAt(c *session.Call, unit, base int64) {
	f, ok := parseFlags(c, 3)
	if !ok {
		return
	}
	n, ok := wire.ParseInt(c.Arg(2))
	if !ok {
		c.Error(reply.NotAnInteger)
		return
	}
	if unit == 1000 && (n > math.MaxInt64/1000 || n < math.MinInt64/1000) || n*unit > math.MaxInt64-base {
		c.Fail("invalid expire time in '" + c.Name() + "' command")
		return
	}
	at := n*unit + base
	key := c.Arg(1)
	s, e, ok := c.Peek(c.KeyHash, key)
	defer c.Unlock(s)
	if !ok || !f.allow(s.Expiry(e), at) {
		c.Integer(0)
		return
	}
	if at <= 0 {
		at = 1 // long past; 0 would mean never
	}
	if c.Expire(s, c.KeyHash, e, key, at) {
		c.Integer(1)
	}
}

func cmdPersist(c *session.Call) {
	key := c.Arg(1)
	s, e, ok := c.Peek(c.KeyHash, key)
	defer c.Unlock(s)
	if !ok || s.Expiry(e) == 0 {
		c.Integer(0)
		return
	}
	if c.Expire(s, c.KeyHash, e, key, 0) {
		c.Integer(1)
	}
}

func cmdGetEx(c *session.Call) {
	var o setOptions
	if c.NArg() > 2 {
		var ok bool
		if o, ok = parseOptions(c, 2, getExOptions); !ok {
			return
		}
	}
	key := c.Arg(1)
	s, e, ok := c.Get(c.KeyHash, key)
	defer c.Unlock(s)
	if !ok {
		c.Missing() // even if the expiry is wrong
		return
	}
	at, ok := o.expireAt(c)
	if !ok {
		return
	}
	start := len(c.Out)
	c.Value(key, s, e)
	end := len(c.Out)
	if (o.persist || o.expiry != "") && !c.Expire(s, c.KeyHash, e, key, at) {
		c.Drop(start, end)
	}
}
