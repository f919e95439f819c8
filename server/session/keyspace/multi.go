package keyspace

import (
	"github.com/cachegopher/cachegopher/lru"
	"github.com/cachegopher/cachegopher/server/session"
	"github.com/cachegopher/cachegopher/server/session/reply"
)

var multiCommands = []session.Command{
	{
		Name: "MGET", Run: cmdMGet, Arity: -2, Keys: session.AllArgs, KeyUse: "RO access",
		Flags: "readonly fast", Group: "string", Shared: true, Since: "1.0.0",
		Tips:    "request_policy:multi_shard",
		Syntax:  "key [key ...]",
		Summary: "Returns the values of several keys.",
		Timed:   true,
		Line:    []session.Form{{Min: 2, Max: session.Unlimited, Key: 1, Syntax: "<key> [<key> ...]", Reply: "a line for each key: the value, or `ERROR: Key not found`"}},
	},
	{
		Name: "MSET", Run: cmdMSet, Arity: -3, Keys: session.Pairs, KeyUse: "OW update",
		Flags: "write denyoom", Group: "string", Shared: true, Since: "1.0.1",
		Tips:    "request_policy:multi_shard response_policy:all_succeeded",
		Syntax:  "key value [key value ...]",
		Summary: "Sets the values of several keys at once.",
		Timed:   true,
	},
	{
		Name: "MSETNX", Run: cmdMSetNX, Arity: -3, Keys: session.Pairs, KeyUse: "OW insert",
		Flags: "write denyoom", Group: "string", Shared: true, Since: "1.0.1",
		Tips:    "request_policy:multi_shard response_policy:agg_min",
		Syntax:  "key value [key value ...]",
		Summary: "Sets the values of several keys if none of them exists.",
	},
	{
		Name: "DEL", Run: cmdDel, Arity: -2, Keys: session.AllArgs, KeyUse: "RM delete",
		Flags: "write", Group: "generic", Shared: true, Since: "1.0.0",
		Tips:    "request_policy:multi_shard response_policy:agg_sum",
		Syntax:  "key [key ...]",
		Summary: "Deletes keys.",
		Line:    []session.Form{{Name: "DELETE", Min: 2, Max: 2, Key: 1, Syntax: "<key>", Reply: "`OK`, or `ERROR: Key not found`", Words: &reply.NotFound}},
	},
	{
		Name: "UNLINK", Run: cmdDel, Arity: -2, Keys: session.AllArgs, KeyUse: "RM delete",
		Flags: "write fast", Group: "generic", Shared: true, Since: "4.0.0",
		Tips:    "request_policy:multi_shard response_policy:agg_sum",
		Syntax:  "key [key ...]",
		Summary: "Deletes keys.",
	},
	{
		Name: "EXISTS", Run: cmdExists, Arity: -2, Keys: session.AllArgs, KeyUse: "RO",
		Flags: "readonly fast", Group: "generic", Shared: true, Since: "1.0.0",
		Tips:    "request_policy:multi_shard response_policy:agg_sum",
		Syntax:  "key [key ...]",
		Summary: "Counts how many of the keys exist.",
		Line:    []session.Form{{Min: 2, Max: 2, Key: 1, Syntax: "<key>", Reply: "`1` or `0`"}},
	},
	{
		Name: "TOUCH", Run: cmdTouch, Arity: -2, Keys: session.AllArgs, KeyUse: "RO",
		Flags: "readonly fast", Group: "generic", Shared: true, Since: "3.2.1",
		Tips:    "request_policy:multi_shard response_policy:agg_sum",
		Syntax:  "key [key ...]",
		Summary: "Marks keys as used and counts those that exist.",
	},
}

// cmdMGet continues in the next Run when its replies reach the limit.
func cmdMGet(c *session.Call) {
	i := max(1, c.Part())
	if i == 1 {
		c.Array(c.NArg() - 1)
	}
	for i < c.NArg() {
		for _, h := range c.Ahead(i, 1) {
			answer(c, h, c.Arg(i))
			i++
			if c.Full() && i < c.NArg() {
				c.Continue(i)
				return
			}
		}
	}
	c.Continue(0)
}

func cmdMSet(c *session.Call) {
	if setAll(c, false) {
		c.OK()
	}
}

func cmdMSetNX(c *session.Call) {
	if setAll(c, true) {
		c.Integer(1)
	}
}

// setAll sets all pairs atomically, unless fresh is true and one of the keys exists.
// If it returns false, it has answered the command.
func setAll(c *session.Call, fresh bool) bool {
	if c.NArg()%2 == 0 {
		c.WrongArgs(c.Name())
		return false
	}
	for i := 1; i < c.NArg(); i += 2 {
		switch n := len(c.Arg(i)) + len(c.Arg(i+1)); {
		case n > lru.MaxSize:
			c.TooLarge(uint64(n))
			return false
		case len(c.Arg(i)) == 0:
			c.StoreError(lru.ErrEmptyKey, 0)
			return false
		}
	}
	all := c.LockAll(c.HashAll(1, 2))
	defer c.UnlockAll(all)
	if fresh {
		for i, h := range c.Hashes {
			if _, ok := all.Shard(h).Peek(h, c.Arg(1+2*i), c.Now); ok {
				c.Integer(0)
				return false
			}
		}
	}
	for i, h := range c.Hashes {
		if !c.Put(all.Shard(h), h, c.Arg(1+2*i), c.Arg(2+2*i), 0) {
			return false
		}
	}
	return true
}

// count calls do or missing for each key, as found does, and answers with the number of keys found.
func count(c *session.Call, do func(s *lru.Shard, h uint64, e lru.Entry, key []byte), missing func(h uint64, key []byte)) {
	n := int64(0)
	for i := 1; i < c.NArg(); {
		for _, h := range c.Ahead(i, 1) {
			if found(c, h, c.Arg(i), do, missing) {
				n++
			}
			i++
		}
	}
	c.Integer(n)
}

// found calls do with the entry of key, or missing, under the shard's lock.
func found(c *session.Call, h uint64, key []byte, do func(*lru.Shard, uint64, lru.Entry, []byte), missing func(uint64, []byte)) bool {
	s, e, ok := c.Peek(h, key)
	defer c.Unlock(s)
	if ok {
		do(s, h, e, key)
	} else {
		missing(h, key)
	}
	return ok
}

func cmdDel(c *session.Call) {
	if c.NArg() > 2 {
		count(c, c.Remove, c.Gone)
		return
	}
	s, e, ok := c.Peek(c.KeyHash, c.Arg(1))
	defer c.Unlock(s)
	if ok {
		c.Remove(s, c.KeyHash, e, c.Arg(1))
		c.Integer(1)
	} else {
		c.Gone(c.KeyHash, c.Arg(1))
		c.Integer(0)
	}
}

func cmdExists(c *session.Call) {
	count(c, func(*lru.Shard, uint64, lru.Entry, []byte) {}, func(uint64, []byte) {})
}

func cmdTouch(c *session.Call) {
	count(c, func(s *lru.Shard, _ uint64, e lru.Entry, _ []byte) { s.Touch(e) }, func(uint64, []byte) {})
}
