package session

import (
	"github.com/cachegopher/cachegopher/internal/wire"
	"github.com/cachegopher/cachegopher/lru"
)

func cmdGet(c *call) { c.reply(c.h, c.arg(1)) }

// reply answers with the value of key, or null.
func (c *call) reply(h uint64, key []byte) {
	s, e, ok := c.get(h, key)
	if c.held == nil { // c.unlock cannot be inlined
		defer s.Unlock()
	}
	if ok {
		c.value(s, e)
	} else {
		c.null()
	}
}

func cmdSetNX(c *call) {
	key := c.arg(1)
	s, _, ok := c.peek(c.h, key)
	defer c.unlock(s)
	if ok {
		c.integer(0)
	} else if c.put(s, c.h, key, c.arg(2), 0) {
		c.integer(1)
	}
}

func cmdSetEx(c *call)  { c.setEx(1000) }
func cmdPSetEx(c *call) { c.setEx(1) }

// setEx is SETEX with an expiry in units of so many milliseconds.
func (c *call) setEx(unit int64) {
	at, ok := c.expiryArg(2, unit, c.now)
	if !ok {
		return
	}
	s := c.lock(c.h)
	defer c.unlock(s)
	if c.put(s, c.h, c.arg(1), c.arg(3), at) {
		c.ok()
	}
}

func cmdGetSet(c *call) {
	key := c.arg(1)
	s, e, ok := c.get(c.h, key)
	defer c.unlock(s)
	start := len(c.out)
	if ok {
		c.value(s, e)
	} else {
		c.null()
	}
	reply := len(c.out)
	if !c.put(s, c.h, key, c.arg(2), 0) {
		c.dropReply(start, reply)
	}
}

// dropReply takes the bytes from start to end, a reply that turned out wrong,
// from the output; what follows them stays.
func (c *call) dropReply(start, end int) {
	c.out = c.out[:start+copy(c.out[start:], c.out[end:])]
}

func cmdGetDel(c *call) {
	key := c.arg(1)
	s, e, ok := c.get(c.h, key)
	defer c.unlock(s)
	if !ok {
		c.missing(c.h, key)
		c.null()
		return
	}
	c.value(s, e)
	c.remove(s, c.h, e, key)
}

func cmdDelIfEq(c *call) {
	key := c.arg(1)
	s, e, ok := c.peek(c.h, key)
	defer c.unlock(s)
	if !ok {
		c.missing(c.h, key)
	}
	if !ok || !s.ValueEqual(e, c.arg(2)) {
		c.integer(0)
		return
	}
	c.remove(s, c.h, e, key)
	c.integer(1)
}

func cmdStrLen(c *call) {
	s, e, ok := c.get(c.h, c.arg(1))
	defer c.unlock(s)
	if !ok {
		c.integer(0)
		return
	}
	c.integer(int64(s.Len(e)))
}

func cmdAppend(c *call) {
	key, tail := c.arg(1), c.arg(2)
	s, e, ok := c.peek(c.h, key)
	defer c.unlock(s)
	at := int64(0)
	c.l.text = c.l.text[:0]
	if ok {
		at = s.Expiry(e)
		c.l.text = s.AppendValue(c.l.text, e)
	}
	c.l.text = append(c.l.text, tail...)
	if c.put(s, c.h, key, c.l.text, at) {
		c.integer(int64(len(c.l.text)))
	}
}

func cmdGetRange(c *call) {
	from, ok1 := wire.ParseInt(c.arg(2))
	to, ok2 := wire.ParseInt(c.arg(3))
	if !ok1 || !ok2 {
		c.fail(notAnInteger)
		return
	}
	s, e, ok := c.get(c.h, c.arg(1))
	defer c.unlock(s)
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
		c.out = wire.Bulk(c.out, nil)
		return
	}
	c.out = wire.BulkHeader(c.out, int(to-from+1))
	c.out = s.AppendRange(c.out, e, int(from), int(to+1))
	c.out = append(c.out, '\r', '\n')
}

func cmdSetRange(c *call) {
	key, piece := c.arg(1), c.arg(3)
	offset, ok := wire.ParseInt(c.arg(2))
	if !ok {
		c.fail(notAnInteger)
		return
	}
	if offset < 0 {
		c.fail("offset is out of range")
		return
	}
	s, e, ok := c.peek(c.h, key)
	defer c.unlock(s)
	if len(piece) == 0 {
		n := 0
		if ok {
			n = s.Len(e)
		}
		c.integer(int64(n))
		return
	}
	if size := offset + int64(len(piece)); offset > maxString || size > maxString {
		c.fail("string exceeds maximum allowed size (proto-max-bulk-len)")
		return
	} else if size+int64(len(key)) > lru.MaxSize {
		c.replyTooLarge(uint64(size) + uint64(len(key)))
		return
	}
	at := int64(0)
	text := c.l.text[:0]
	if ok {
		at = s.Expiry(e)
		text = s.AppendValue(text, e)
	}
	for len(text) < int(offset)+len(piece) {
		text = append(text, 0)
	}
	copy(text[offset:], piece)
	c.l.text = text
	if c.put(s, c.h, key, text, at) {
		c.integer(int64(len(text)))
	}
}

// maxString is the length of value from which on Redis refuses to make one.
const maxString = 512 << 20
