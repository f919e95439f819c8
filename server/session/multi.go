package session

import (
	"github.com/cachegopher/cachegopher/internal/wire"
	"github.com/cachegopher/cachegopher/lru"
)

// Commands of several keys hash up to a batch of them ahead, so that their cache
// misses overlap too.

// ahead hashes and warms the keys from argument i on, every step-th, and returns
// their hashes.
func (c *call) ahead(i, step int) []uint64 {
	hs := c.l.multi[:0]
	for ; i < len(c.args) && len(hs) < lru.MaxBatch; i += step {
		hs = append(hs, c.hash(i))
	}
	c.l.multi = hs
	if len(hs) > 1 {
		c.n.store.Warm(hs)
	}
	return hs
}

// cmdMGet goes on in the next Run when its replies grow large.
func cmdMGet(c *call) {
	i := max(1, c.s.progress)
	if i == 1 {
		c.out = wire.Array(c.out, len(c.args)-1)
	}
	for i < len(c.args) {
		for _, h := range c.ahead(i, 1) {
			c.reply(h, c.arg(i))
			i++
			if len(c.out) > c.most && i < len(c.args) {
				c.s.progress = i
				return
			}
		}
	}
	c.s.progress = 0
}

// hashAll returns the hashes of every step-th key from argument i on. They are valid until the next use of Loop.multi.
func (c *call) hashAll(i, step int) []uint64 {
	hs := c.l.multi[:0]
	for ; i < len(c.args); i += step {
		hs = append(hs, c.hash(i))
	}
	c.l.multi = hs
	return hs
}

func cmdMSet(c *call) {
	if c.setAll(false) {
		c.ok()
	}
}

func cmdMSetNX(c *call) {
	if c.setAll(true) {
		c.integer(1)
	}
}

// setAll sets all pairs at once, unless fresh is asked for and one of the keys
// exists. It answers when it does not.
func (c *call) setAll(fresh bool) bool {
	if len(c.args)%2 == 0 {
		c.wrongArgs(c.cmd.name)
		return false
	}
	for i := 1; i < len(c.args); i += 2 {
		switch n := len(c.arg(i)) + len(c.arg(i+1)); {
		case n > lru.MaxSize:
			c.replyTooLarge(uint64(n))
			return false
		case len(c.arg(i)) == 0:
			c.storeError(lru.ErrEmptyKey, 0)
			return false
		}
	}
	all := c.lockAll(c.hashAll(1, 2))
	defer c.unlockAll(all)
	if fresh {
		for i, h := range c.l.multi {
			if _, ok := all.Shard(h).Peek(h, c.arg(1+2*i), c.now); ok {
				c.integer(0)
				return false
			}
		}
	}
	for i, h := range c.l.multi {
		if !c.put(all.Shard(h), h, c.arg(1+2*i), c.arg(2+2*i), 0) {
			return false
		}
	}
	return true
}

// count answers for how many of the keys do holds.
func (c *call) count(do func(s *lru.Shard, h uint64, e lru.Entry, key []byte), missing func(h uint64, key []byte)) {
	n := int64(0)
	for i := 1; i < len(c.args); {
		for _, h := range c.ahead(i, 1) {
			if c.found(h, c.arg(i), do, missing) {
				n++
			}
			i++
		}
	}
	c.integer(n)
}

// found calls do with the entry of key, or missing, under the shard's lock.
func (c *call) found(h uint64, key []byte, do func(*lru.Shard, uint64, lru.Entry, []byte), missing func(uint64, []byte)) bool {
	s, e, ok := c.peek(h, key)
	defer c.unlock(s)
	if ok {
		do(s, h, e, key)
	} else {
		missing(h, key)
	}
	return ok
}

func cmdDel(c *call) {
	if len(c.args) > 2 {
		c.count(c.remove, c.missing)
		return
	}
	s, e, ok := c.peek(c.h, c.arg(1))
	defer c.unlock(s)
	if ok {
		c.remove(s, c.h, e, c.arg(1))
		c.integer(1)
	} else {
		c.missing(c.h, c.arg(1))
		c.integer(0)
	}
}

func cmdExists(c *call) {
	c.count(func(*lru.Shard, uint64, lru.Entry, []byte) {}, func(uint64, []byte) {})
}

func cmdTouch(c *call) {
	c.count(func(s *lru.Shard, _ uint64, e lru.Entry, _ []byte) { s.Touch(e) }, func(uint64, []byte) {})
}
