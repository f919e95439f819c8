package keyspace

import (
	"github.com/cachegopher/cachegopher/internal/wire"
	"github.com/cachegopher/cachegopher/lru"
	"github.com/cachegopher/cachegopher/server/session"
	"github.com/cachegopher/cachegopher/server/session/reply"
)

var rangeCommands = []session.Command{
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
		Summary: "Appends to the value of a key, creating it if it does not exist.",
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
		Summary: "Overwrites a part of a value, extending it with zero bytes if it is too short.",
	},
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

// maxString is the length, in bytes, from which Redis refuses to create a value.
const maxString = 512 << 20
