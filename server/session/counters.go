package session

import (
	"math/big"

	"github.com/cachegopher/cachegopher/internal/wire"
)

func cmdIncr(c *call) { c.incr(1) }
func cmdDecr(c *call) { c.incr(-1) }

func cmdIncrBy(c *call) {
	if by, ok := wire.ParseInt(c.arg(2)); ok {
		c.incr(by)
	} else {
		c.fail(notAnInteger)
	}
}

func cmdDecrBy(c *call) {
	by, ok := wire.ParseInt(c.arg(2))
	switch {
	case !ok:
		c.fail(notAnInteger)
	case by == -1<<63:
		c.fail("decrement would overflow")
	default:
		c.incr(-by)
	}
}

// incr adds by to the number under the key, which keeps its expiry.
func (c *call) incr(by int64) {
	key := c.arg(1)
	s, e, ok := c.peek(c.h, key)
	defer c.unlock(s)
	n, at := int64(0), int64(0)
	text := c.l.text[:0]
	if ok {
		at = s.Expiry(e)
		valid := s.Len(e) <= 20
		if valid {
			text = s.AppendValue(text, e)
			c.l.text = text
			n, valid = wire.ParseInt(text)
		}
		if !valid {
			c.notNumber()
			return
		}
	}
	sum := n + by
	if (by > 0) != (sum > n) && by != 0 {
		if c.line {
			c.lineError(lineNotNumber)
		} else {
			c.fail("increment or decrement would overflow")
		}
		return
	}
	text = wire.AppendInt(text[:0], sum)
	c.l.text = text
	if c.put(s, c.h, key, text, at) {
		c.integer(sum)
	}
}

func (c *call) notNumber() {
	if c.line {
		c.lineError(lineNotNumber)
		return
	}
	c.fail(notAnInteger)
}

func cmdIncrByFloat(c *call) {
	key := c.arg(1)
	s, e, ok := c.peek(c.h, key)
	defer c.unlock(s)
	value, at := new(big.Float).SetPrec(64), int64(0)
	if ok {
		at = s.Expiry(e)
		c.l.text = s.AppendValue(c.l.text[:0], e)
		if value, ok = wire.ParseFloat(c.l.text); !ok {
			c.fail("value is not a valid float")
			return
		}
	}
	by, ok := wire.ParseFloat(c.arg(2))
	if !ok {
		c.fail("value is not a valid float")
		return
	}
	sum := new(big.Float).SetPrec(64).SetMode(big.ToNearestEven)
	infinite := by.IsInf() || value.IsInf() // Add panics for infinities of opposite signs
	if !infinite {
		sum.Add(value, by)
	}
	// What is stored must be a number that can be read again.
	if infinite || wire.FloatOverflows(sum) {
		c.fail("increment would produce NaN or Infinity")
		return
	}
	c.l.text = wire.AppendFloat(c.l.text[:0], sum)
	if c.put(s, c.h, key, c.l.text, at) {
		c.out = wire.Bulk(c.out, c.l.text)
	}
}
