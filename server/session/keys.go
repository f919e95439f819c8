package session

import (
	"github.com/cachegopher/cachegopher/internal/wire"
	"github.com/cachegopher/cachegopher/lru"
)

func cmdType(c *call) {
	s, _, ok := c.peek(c.h, c.arg(1))
	c.unlock(s)
	if ok {
		c.out = wire.Simple(c.out, "string")
	} else {
		c.out = wire.Simple(c.out, "none")
	}
}

func cmdRandomKey(c *call) {
	key, ok := c.n.store.Random(c.l.text[:0], c.now)
	if !ok {
		c.null()
		return
	}
	c.l.text = key
	c.out = wire.Bulk(c.out, key)
}

func cmdDBSize(c *call) {
	if c.held != nil {
		c.integer(c.held.Len())
		return
	}
	c.integer(c.n.store.Len())
}

func cmdFlush(c *call) {
	if len(c.args) > 2 || len(c.args) == 2 && !c.is(1, "ASYNC") && !c.is(1, "SYNC") {
		c.fail(syntaxError)
		return
	}
	c.flush()
	c.ok()
}

// copyOptions say what RENAME, RENAMENX and COPY do alike and otherwise.
type copyOptions struct {
	keep    bool // the source stays
	replace bool // an existing destination is overwritten
	flag    bool // answer 1 or 0 instead of OK
}

func cmdRename(c *call)   { c.transfer(copyOptions{replace: true}) }
func cmdRenameNX(c *call) { c.transfer(copyOptions{flag: true}) }

func cmdCopy(c *call) {
	o := copyOptions{keep: true, flag: true}
	for i := 3; i < len(c.args); i++ {
		switch {
		case c.is(i, "REPLACE"):
			o.replace = true
		case c.is(i, "DB") && i+1 < len(c.args):
			if i++; !c.database(i) {
				return
			}
		default:
			c.fail(syntaxError)
			return
		}
	}
	if string(c.arg(1)) == string(c.arg(2)) {
		c.fail("source and destination objects are the same")
		return
	}
	c.transfer(o)
}

// transfer stores the value and expiry of the first key under the second.
func (c *call) transfer(o copyOptions) {
	from, to := c.arg(1), c.arg(2)
	hf, ht := c.h, c.hash(2)
	c.l.multi = append(c.l.multi[:0], hf, ht)
	all := c.lockAll(c.l.multi)
	defer c.unlockAll(all)
	sf, st := all.Shard(hf), all.Shard(ht)
	e, ok := sf.Peek(hf, from, c.now)
	if !ok {
		if o.keep {
			c.integer(0)
		} else {
			c.fail(noSuchKey)
		}
		return
	}
	if string(from) == string(to) {
		if o.flag {
			c.integer(0)
		} else {
			c.ok()
		}
		return
	}
	c.l.text = sf.AppendValue(c.l.text[:0], e)
	at := sf.Expiry(e)
	if _, exists := st.Peek(ht, to, c.now); exists && !o.replace {
		c.integer(0)
		return
	}
	if !c.put(st, ht, to, c.l.text, at) {
		return
	}
	if !o.keep {
		// Storing may have moved or evicted the source: look it up again.
		if e, ok = sf.Peek(hf, from, c.now); ok {
			c.remove(sf, hf, e, from)
		}
	}
	if o.flag {
		c.integer(1)
	} else {
		c.ok()
	}
}

func cmdObject(c *call) {
	switch {
	case !c.is(1, "ENCODING") && !c.is(1, "IDLETIME") && !c.is(1, "REFCOUNT") && !c.is(1, "FREQ"):
		c.unknownSub("OBJECT")
		return
	case len(c.args) != 3:
		c.wrongArgs("object|" + lower(string(c.arg(1))))
		return
	}
	h := c.hash(2)
	s, e, ok := c.peek(h, c.arg(2))
	defer c.unlock(s)
	switch {
	case !ok:
		c.null()
	case c.is(1, "ENCODING"):
		c.out = wire.BulkString(c.out, encoding(s, e, &c.l.text))
	case c.is(1, "IDLETIME"):
		c.integer(int64(s.Idle(e, c.now).Seconds()))
	case c.is(1, "REFCOUNT"):
		c.integer(1)
	default:
		c.fail("An LFU maxmemory policy is not selected, access frequency not tracked. Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.")
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

func cmdMemory(c *call) {
	if !c.is(1, "USAGE") {
		c.unknownSub("MEMORY")
		return
	}
	if len(c.args) < 3 {
		c.wrongArgs("memory|usage")
		return
	}
	for i := 3; i < len(c.args); i += 2 {
		if !c.is(i, "SAMPLES") || i+1 == len(c.args) {
			c.fail(syntaxError)
			return
		}
		if n, ok := wire.ParseInt(c.arg(i + 1)); !ok {
			c.fail(notAnInteger)
			return
		} else if n < 0 {
			c.fail(syntaxError)
			return
		}
	}
	s, e, ok := c.peek(c.hash(2), c.arg(2))
	defer c.unlock(s)
	if !ok {
		c.null()
		return
	}
	c.integer(int64(s.Footprint(e)))
}
