package keyspace

import (
	"github.com/cachegopher/cachegopher/internal/wire"
	"github.com/cachegopher/cachegopher/lru"
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
		Summary: "Sets the value of a key only when the key does not exist.",
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
		Summary: "Deletes a key only when it has the value.",
	},
	{
		Name: "STRLEN", Run: cmdStrLen, Arity: 2, Keys: session.OneKey, KeyUse: "RO",
		Flags: "readonly fast", Group: "string", Shared: true, Since: "2.2.0",
		Syntax:  "key",
		Summary: "Returns the length of a value.",
	},
	{
		Name: "APPEND", Run: cmdAppend, Arity: 3, Keys: session.OneKey, KeyUse: "RW insert",
		Flags: "write denyoom fast", Group: "string", Shared: true, Since: "2.0.0",
		Syntax:  "key value",
		Summary: "Appends to the value of a key, creating it if need be.",
	},
	{
		Name: "GETRANGE", Run: cmdGetRange, Arity: 4, Keys: session.OneKey, KeyUse: "RO access",
		Flags: "readonly", Group: "string", Shared: true, Since: "2.4.0",
		Syntax:  "key start end",
		Summary: "Returns a part of a value.",
	},
	{
		Name: "SUBSTR", Run: cmdGetRange, Arity: 4, Keys: session.OneKey, KeyUse: "RO access",
		Flags: "readonly", Group: "string", Shared: true, Since: "1.0.0",
		Syntax:  "key start end",
		Summary: "Returns a part of a value.",
	},
	{
		Name: "SETRANGE", Run: cmdSetRange, Arity: 4, Keys: session.OneKey, KeyUse: "RW update",
		Flags: "write denyoom", Group: "string", Shared: true, Since: "2.2.0",
		Syntax:  "key offset value",
		Summary: "Overwrites a part of a value, extending it with zeros if need be.",
	},
}

func cmdGet(c *session.Call) { answer(c, c.KeyHash, c.Arg(1)) }

// answer answers with the value of key, or null.
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

// setEx is SETEX with an expiry in units of so many milliseconds.
func setEx(c *session.Call, unit int64) {
	if at, ok := expiryArg(c, 2, unit, c.Now); ok {
		putUntil(c, at)
	}
}

// putUntil stores the fourth argument under the second until at, ms.
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
		c.Value(c.Arg(1), s, e)
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
	c.Value(c.Arg(1), s, e)
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

func cmdStrLen(c *session.Call) {
	s, e, ok := c.Get(c.KeyHash, c.Arg(1))
	defer c.Unlock(s)
	if !ok {
		c.Integer(0)
		return
	}
	c.Integer(int64(s.Len(e)))
}

func cmdAppend(c *session.Call) {
	key, tail := c.Arg(1), c.Arg(2)
	s, e, ok := c.Peek(c.KeyHash, key)
	defer c.Unlock(s)
	at := int64(0)
	c.Scratch = c.Scratch[:0]
	if ok {
		at = s.Expiry(e)
		c.Scratch = s.AppendValue(c.Scratch, e)
	}
	c.Scratch = append(c.Scratch, tail...)
	if c.Put(s, c.KeyHash, key, c.Scratch, at) {
		c.Integer(int64(len(c.Scratch)))
	}
}

func cmdGetRange(c *session.Call) {
	from, ok1 := wire.ParseInt(c.Arg(2))
	to, ok2 := wire.ParseInt(c.Arg(3))
	if !ok1 || !ok2 {
		c.Error(reply.NotAnInteger)
		return
	}
	s, e, ok := c.Get(c.KeyHash, c.Arg(1))
	defer c.Unlock(s)
	n := int64(0)
	if ok {
		n = int64(s.Len(e))
	}
	if from < 0 && to < 0 && from > to {
		n = 0
	}
	if from < 0 {
		from = max(from+n, 0)
	}
	if to < 0 {
		to = max(to+n, 0)
	}
	to = min(to, n-1)
	if n == 0 || from > to {
		c.Bulk(nil)
		return
	}
	c.Range(s, e, int(from), int(to+1))
}

func cmdSetRange(c *session.Call) {
	key, piece := c.Arg(1), c.Arg(3)
	offset, ok := wire.ParseInt(c.Arg(2))
	if !ok {
		c.Error(reply.NotAnInteger)
		return
	}
	if offset < 0 {
		c.Fail("offset is out of range")
		return
	}
	s, e, ok := c.Peek(c.KeyHash, key)
	defer c.Unlock(s)
	if len(piece) == 0 {
		n := 0
		if ok {
			n = s.Len(e)
		}
		c.Integer(int64(n))
		return
	}
	if size := offset + int64(len(piece)); offset > maxString || size > maxString {
		c.Fail("string exceeds maximum allowed size (proto-max-bulk-len)")
		return
	} else if size+int64(len(key)) > lru.MaxSize {
		c.TooLarge(uint64(size) + uint64(len(key)))
		return
	}
	at := int64(0)
	text := c.Scratch[:0]
	if ok {
		at = s.Expiry(e)
		text = s.AppendValue(text, e)
	}
	for len(text) < int(offset)+len(piece) {
		text = append(text, 0)
	}
	copy(text[offset:], piece)
	c.Scratch = text
	if c.Put(s, c.KeyHash, key, text, at) {
		c.Integer(int64(len(text)))
	}
}

// maxString is the length of value from which on Redis refuses to make one.
const maxString = 512 << 20
