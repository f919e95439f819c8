package keyspace

import (
	"github.com/cachegopher/cachegopher/server/session"
	"github.com/cachegopher/cachegopher/server/session/reply"
)

var stringCommands = []session.Command{
	{
		Name: "GET", Run: cmdGet, Arity: 2, Keys: session.OneKey, KeyUse: "RO access",
		Flags: "readonly fast", Group: "string", Shared: true, Since: "1.0.0",
		Syntax:  "key",
		Summary: "Returns the value of a key.",
		Line:    []session.Form{{Min: 2, Max: 2, Key: 1, Syntax: "<key>", Reply: "the value, or `ERROR: Key not found`"}},
	},
	{
		Name: "SETNX", Run: cmdSetNX, Arity: 3, Keys: session.OneKey, KeyUse: "OW insert",
		Flags: "write denyoom fast", Group: "string", Shared: true, Since: "1.0.0",
		Syntax:  "key value",
		Summary: "Sets the value of a key if the key does not exist.",
		Line:    []session.Form{{Min: 3, Max: 3, Key: 1, Syntax: "<key> <value>", Reply: "`OK`, or `ERROR: Key exists`", Words: &reply.Words{One: "OK", Refused: &reply.KeyExists}}},
	},
	{
		Name: "SETEX", Run: cmdSetEx, Arity: 4, Keys: session.OneKey, KeyUse: "OW update",
		Flags: "write denyoom", Group: "string", Shared: true, Since: "2.0.0",
		Syntax:  "key seconds value",
		Summary: "Sets the value and the expiry of a key.",
		Line:    []session.Form{{Min: 4, Max: 4, Key: 1, Syntax: "<key> <seconds> <value>", Reply: "`OK`", Run: lineSetEx}},
	},
	{
		Name: "PSETEX", Run: cmdPSetEx, Arity: 4, Keys: session.OneKey, KeyUse: "OW update",
		Flags: "write denyoom", Group: "string", Shared: true, Since: "2.6.0",
		Syntax:  "key milliseconds value",
		Summary: "Sets the value and the expiry, in milliseconds, of a key.",
	},
	{
		Name: "GETSET", Run: cmdGetSet, Arity: 3, Keys: session.OneKey, KeyUse: "RW access update",
		Flags: "write denyoom fast", Group: "string", Shared: true, Since: "1.0.0",
		Syntax:  "key value",
		Summary: "Returns the previous value of a key after setting a new one.",
	},
	{
		Name: "GETDEL", Run: cmdGetDel, Arity: 2, Keys: session.OneKey, KeyUse: "RW access delete",
		Flags: "write fast", Group: "string", Shared: true, Since: "6.2.0",
		Syntax:  "key",
		Summary: "Returns the value of a key after deleting it.",
	},
	{
		Name: "DELIFEQ", Run: cmdDelIfEq, Arity: 3, Keys: session.OneKey, KeyUse: "RW delete",
		Flags: "write fast", Group: "string", Shared: true, Since: "9.0.0",
		Syntax:  "key value",
		Summary: "Deletes a key if it has the given value.",
	},
}

func cmdGet(c *session.Call) { answer(c, c.KeyHash, c.Arg(1)) }

// answer answers with the value of key, or with null.
func answer(c *session.Call, h uint64, key []byte) {
	s, e, ok := c.Get(h, key)
	if !c.InTransaction() { // Unlock cannot be inlined
		defer s.Unlock()
	}
	if ok {
		c.Value(key, s, e)
	} else {
		c.Missing()
	}
}

func cmdSetNX(c *session.Call) {
	key := c.Arg(1)
	s, _, ok := c.Peek(c.KeyHash, key)
	defer c.Unlock(s)
	if ok {
		c.Integer(0)
	} else if c.Put(s, c.KeyHash, key, c.Arg(2), 0) {
		c.Integer(1)
	}
}

func cmdSetEx(c *session.Call)  { setEx(c, 1000) }
func cmdPSetEx(c *session.Call) { setEx(c, 1) }

// setEx is SETEX with an expiry in units of a number of milliseconds.
func setEx(c *session.Call, unit int64) {
	if at, ok := expiryArg(c, 2, unit, c.Now); ok {
		putUntil(c, at)
	}
}

// putUntil stores the fourth argument under the second until at, in ms since the Unix epoch.
func putUntil(c *session.Call, at int64) {
	s := c.Lock(c.KeyHash)
	defer c.Unlock(s)
	if c.Put(s, c.KeyHash, c.Arg(1), c.Arg(3), at) {
		c.OK()
	}
}

func cmdGetSet(c *session.Call) {
	key := c.Arg(1)
	s, e, ok := c.Get(c.KeyHash, key)
	defer c.Unlock(s)
	start := len(c.Out)
	if ok {
		c.Value(key, s, e)
	} else {
		c.Missing()
	}
	end := len(c.Out)
	if !c.Put(s, c.KeyHash, key, c.Arg(2), 0) {
		c.Drop(start, end)
	}
}

func cmdGetDel(c *session.Call) {
	key := c.Arg(1)
	s, e, ok := c.Get(c.KeyHash, key)
	defer c.Unlock(s)
	if !ok {
		c.Gone(c.KeyHash, key)
		c.Missing()
		return
	}
	c.Value(key, s, e)
	c.Remove(s, c.KeyHash, e, key)
}

func cmdDelIfEq(c *session.Call) {
	key := c.Arg(1)
	s, e, ok := c.Peek(c.KeyHash, key)
	defer c.Unlock(s)
	if !ok {
		c.Gone(c.KeyHash, key)
	}
	if !ok || !s.ValueEqual(e, c.Arg(2)) {
		c.Integer(0)
		return
	}
	c.Remove(s, c.KeyHash, e, key)
	c.Integer(1)
}
