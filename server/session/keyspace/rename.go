package keyspace

import (
	"github.com/cachegopher/cachegopher/server/session"
	"github.com/cachegopher/cachegopher/server/session/reply"
)

var renameCommands = []session.Command{
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
		Summary: "Renames a key if the new name does not exist.",
	},
	{
		Name: "COPY", Run: cmdCopy, Arity: -3, Keys: session.TwoKeys, KeyUse: "RO access, OW update",
		Flags: "write denyoom", Group: "generic", Shared: true, Since: "6.2.0",
		Syntax:  "source destination [DB destination-db] [REPLACE]",
		Summary: "Copies a value, and its expiry, to another key.",
	},
}

// copyOptions are the differences between RENAME, RENAMENX and COPY.
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
	at, size := sf.Expiry(e), sf.Footprint(e)
	if _, exists := st.Peek(ht, to, c.Now); exists && !o.replace {
		c.Integer(0)
		return
	}
	if o.keep {
		if !c.Put(st, ht, to, c.Scratch, at) {
			return
		}
	} else {
		if !c.PutRenamed(from, size, st, ht, to, c.Scratch, at) {
			return
		}
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
