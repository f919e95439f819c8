package session

import (
	"math"

	"github.com/cachegopher/cachegopher/internal/wire"
)

// maxExpiry is the longest time from now that the line dialect takes, in
// milliseconds: far enough, and no sum overflows.
const maxExpiry = math.MaxInt64 / 4

// expiryArg reads argument i, a time in units of so many milliseconds after
// base, as the commands that store a value take it: it must be positive. It
// answers when it is not.
func (c *call) expiryArg(i int, unit, base int64) (at int64, ok bool) {
	n, ok := wire.ParseInt(c.arg(i))
	if !ok {
		c.fail(notAnInteger)
		return 0, false
	}
	if n <= 0 || unit == 1000 && n > math.MaxInt64/1000 || n*unit > math.MaxInt64-base {
		c.fail("invalid expire time in '" + c.cmd.name + "' command")
		return 0, false
	}
	return n*unit + base, true
}

func cmdExpire(c *call)    { c.expireAt(1000, c.now) }
func cmdPExpire(c *call)   { c.expireAt(1, c.now) }
func cmdExpireAt(c *call)  { c.expireAt(1000, 0) }
func cmdPExpireAt(c *call) { c.expireAt(1, 0) }

// expireFlags are the conditions of EXPIRE and its kin.
type expireFlags struct{ nx, xx, gt, lt bool }

func (c *call) expireFlags(from int) (f expireFlags, ok bool) {
	for i := from; i < len(c.args); i++ {
		switch {
		case c.is(i, "NX"):
			f.nx = true
		case c.is(i, "XX"):
			f.xx = true
		case c.is(i, "GT"):
			f.gt = true
		case c.is(i, "LT"):
			f.lt = true
		default:
			c.fail("Unsupported option " + c.shown(i))
			return f, false
		}
	}
	switch {
	case f.nx && (f.xx || f.gt || f.lt):
		c.fail("NX and XX, GT or LT options at the same time are not compatible")
		return f, false
	case f.gt && f.lt:
		c.fail("GT and LT options at the same time are not compatible")
		return f, false
	}
	return f, true
}

// allow reports whether the conditions let an expiry be set over the present one, 0: none.
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

func (c *call) expireAt(unit, base int64) {
	f, ok := c.expireFlags(3)
	if !ok {
		return
	}
	n, ok := wire.ParseInt(c.arg(2))
	if !ok {
		c.fail(notAnInteger)
		return
	}
	if unit == 1000 && (n > math.MaxInt64/1000 || n < math.MinInt64/1000) || n*unit > math.MaxInt64-base {
		c.fail("invalid expire time in '" + c.cmd.name + "' command")
		return
	}
	at := n*unit + base
	key := c.arg(1)
	s, e, ok := c.peek(c.h, key)
	defer c.unlock(s)
	if !ok || !f.allow(s.Expiry(e), at) {
		c.integer(0)
		return
	}
	if at <= 0 {
		at = 1 // long past; 0 would mean never
	}
	if c.expire(s, c.h, e, key, at) {
		c.integer(1)
	}
}

func cmdTTL(c *call)         { c.ttl(true, roundSeconds) }
func cmdPTTL(c *call)        { c.ttl(true, milliseconds) }
func cmdExpireTime(c *call)  { c.ttl(false, roundSeconds) }
func cmdPExpireTime(c *call) { c.ttl(false, milliseconds) }

func milliseconds(ms int64) int64 { return ms }

// roundSeconds rounds as Redis does, the greatest times included.
func roundSeconds(ms int64) int64 { return ms/1000 + (ms%1000+500)/1000 }

// ttl answers -2 for no key, -1 for no expiry, else the time left, or the time
// itself, as show puts it.
func (c *call) ttl(left bool, show func(int64) int64) {
	s, e, ok := c.peek(c.h, c.arg(1))
	defer c.unlock(s)
	switch at := int64(0); {
	case !ok:
		c.integer(-2)
	case s.Expiry(e) == 0:
		c.integer(-1)
	default:
		if at = s.Expiry(e); left {
			at -= c.now
		}
		c.integer(show(at))
	}
}

func cmdPersist(c *call) {
	key := c.arg(1)
	s, e, ok := c.peek(c.h, key)
	defer c.unlock(s)
	if !ok || s.Expiry(e) == 0 {
		c.integer(0)
		return
	}
	if c.expire(s, c.h, e, key, 0) {
		c.integer(1)
	}
}

func cmdGetEx(c *call) {
	var o setOptions
	if len(c.args) > 2 {
		var ok bool
		if o, ok = c.setOptions(2, getExOptions); !ok {
			return
		}
	}
	key := c.arg(1)
	s, e, ok := c.get(c.h, key)
	defer c.unlock(s)
	if !ok {
		c.null() // whatever the expiry is
		return
	}
	at, ok := o.expireAt(c)
	if !ok {
		return
	}
	start := len(c.out)
	c.value(s, e)
	reply := len(c.out)
	if (o.persist || o.expiry != "") && !c.expire(s, c.h, e, key, at) {
		c.dropReply(start, reply)
	}
}
