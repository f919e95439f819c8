package keyspace

import (
	"strings"

	"github.com/cachegopher/cachegopher/internal/command"
	"github.com/cachegopher/cachegopher/internal/wire"
	"github.com/cachegopher/cachegopher/lru"
	"github.com/cachegopher/cachegopher/server/session"
	"github.com/cachegopher/cachegopher/server/session/reply"
)

var keyCommands = []session.Command{
	{
		Name: "TYPE", Run: cmdType, Arity: 2, Keys: session.OneKey, KeyUse: "RO",
		Flags: "readonly fast", Group: "generic", Shared: true, Since: "1.0.0",
		Syntax:  "key",
		Summary: "Returns string, or none when the key does not exist.",
	},
	{
		Name: "RENAME", Run: cmdRename, Arity: 3, Keys: session.TwoKeys, KeyUse: "RW access delete, OW update",
		Flags: "write", Group: "generic", Shared: true, Since: "1.0.0",
		Syntax:  "key newkey",
		Summary: "Renames a key, overwriting the new name.",
	},
	{
		Name: "RENAMENX", Run: cmdRenameNX, Arity: 3, Keys: session.TwoKeys, KeyUse: "RW access delete, OW insert",
		Flags: "write fast", Group: "generic", Shared: true, Since: "1.0.0",
		Syntax:  "key newkey",
		Summary: "Renames a key only when the new name does not exist.",
	},
	{
		Name: "COPY", Run: cmdCopy, Arity: -3, Keys: session.TwoKeys, KeyUse: "RO access, OW update",
		Flags: "write denyoom", Group: "generic", Shared: true, Since: "6.2.0",
		Syntax:  "source destination [DB destination-db] [REPLACE]",
		Summary: "Copies a value, and its expiry, to another key.",
	},
	{
		Name: "RANDOMKEY", Run: cmdRandomKey, Arity: 1,
		Flags: "readonly", Needs: session.AllKeys, Group: "generic", Shared: true, Since: "1.0.0",
		Tips:    "request_policy:all_shards nondeterministic_output",
		Summary: "Returns some key.",
		Differs: []session.Difference{{Compare: command.SameKind, What: "Picks another key."}},
	},
	{
		Name: "OBJECT", Run: cmdObject, Arity: -2, Keys: session.KeyOfSub,
		Flags: "readonly", Group: "generic", Shared: true, Since: "2.2.3",
		Syntax:  "ENCODING | IDLETIME | REFCOUNT key",
		Summary: "Tells about the value of a key.",
		Differs: []session.Difference{{Sub: "ENCODING", Compare: command.SameKind, What: "Goes by the value alone, whatever command made it."}},
		Subcommands: []session.Subcommand{
			{Usage: "ENCODING <key>", Help: "Return the encoding that Redis would choose for the value."},
			{Usage: "FREQ <key>", Help: "Return an error: how often keys are used is not kept."},
			{Usage: "IDLETIME <key>", Help: "Return the seconds since the key was used, about."},
			{Usage: "REFCOUNT <key>", Help: "Return 1."},
		},
	},
	{
		Name: "MEMORY", Run: cmdMemory, Arity: -2, Keys: session.KeyOfSub,
		Flags: "readonly", Group: "server", Shared: true, Since: "4.0.0",
		Syntax:  "USAGE key [SAMPLES count]",
		Summary: "Tells how much memory a key takes.",
		Differs: []session.Difference{{Sub: "USAGE", Compare: command.SameKind, What: "What the key takes here."}},
		Subcommands: []session.Subcommand{
			{Usage: "USAGE <key> [SAMPLES <count>]", Help: "Return the bytes that a key takes of the budget."},
		},
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
	c.Flush()
	c.OK()
}

// copyOptions say what RENAME, RENAMENX and COPY do alike and otherwise.
type copyOptions struct {
	keep    bool // the source stays
	replace bool // an existing destination is overwritten
	flag    bool // answer 1 or 0 instead of OK
}

func cmdRename(c *session.Call)   { transfer(c, copyOptions{replace: true}) }
func cmdRenameNX(c *session.Call) { transfer(c, copyOptions{flag: true}) }

func cmdCopy(c *session.Call) {
	o := copyOptions{keep: true, flag: true}
	for i := 3; i < c.NArg(); i++ {
		switch {
		case c.Is(i, "REPLACE"):
			o.replace = true
		case c.Is(i, "DB") && i+1 < c.NArg():
			if i++; !c.Database(i) {
				return
			}
		default:
			c.Error(reply.SyntaxError)
			return
		}
	}
	if string(c.Arg(1)) == string(c.Arg(2)) {
		c.Fail("source and destination objects are the same")
		return
	}
	transfer(c, o)
}

// transfer stores the value and expiry of the first key under the second.
func transfer(c *session.Call, o copyOptions) {
	from, to := c.Arg(1), c.Arg(2)
	hf, ht := c.KeyHash, c.Hash(2)
	c.Hashes = append(c.Hashes[:0], hf, ht)
	all := c.LockAll(c.Hashes)
	defer c.UnlockAll(all)
	sf, st := all.Shard(hf), all.Shard(ht)
	e, ok := sf.Peek(hf, from, c.Now)
	if !ok {
		if o.keep {
			c.Integer(0)
		} else {
			c.Error(reply.NoSuchKey)
		}
		return
	}
	if string(from) == string(to) {
		if o.flag {
			c.Integer(0)
		} else {
			c.OK()
		}
		return
	}
	c.Scratch = sf.AppendValue(c.Scratch[:0], e)
	at := sf.Expiry(e)
	if _, exists := st.Peek(ht, to, c.Now); exists && !o.replace {
		c.Integer(0)
		return
	}
	if !c.Put(st, ht, to, c.Scratch, at) {
		return
	}
	if !o.keep {
		// Storing may have moved or evicted the source: look it up again.
		if e, ok = sf.Peek(hf, from, c.Now); ok {
			c.Remove(sf, hf, e, from)
		}
	}
	if o.flag {
		c.Integer(1)
	} else {
		c.OK()
	}
}

func cmdObject(c *session.Call) {
	switch {
	case !c.Is(1, "ENCODING") && !c.Is(1, "IDLETIME") && !c.Is(1, "REFCOUNT") && !c.Is(1, "FREQ"):
		c.UnknownSub("OBJECT")
		return
	case c.NArg() != 3:
		c.WrongArgs("object|" + strings.ToLower(string(c.Arg(1))))
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
		c.Fail("An LFU maxmemory policy is not selected, access frequency not tracked. Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.")
	}
}

// encoding names what Redis would call the encoding of such a value.
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

func cmdMemory(c *session.Call) {
	if !c.Is(1, "USAGE") {
		c.UnknownSub("MEMORY")
		return
	}
	if c.NArg() < 3 {
		c.WrongArgs("memory|usage")
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
