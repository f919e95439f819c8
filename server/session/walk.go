package session

import (
	"strconv"

	"github.com/cachegopher/cachegopher/internal/wire"
	"github.com/cachegopher/cachegopher/lru"
)

// Bounds of one step of a walk, so that no other connection waits long.
const (
	walkStep     = 256      // entries seen between two looks at the limit
	walkTurn     = 8192     // entries seen in one Run
	walkMostKept = 64 << 20 // bytes of keys that a RESP KEYS may collect

	// Matching may look at as many characters as the pattern's length times the key's, and nobody else is
	// served meanwhile.
	walkWork    = 4 << 20 // characters that matching looks at in one Run
	mostPattern = 8192    // bytes of a pattern
)

// patternStep is how many entries to see between two looks at the work done.
func patternStep(pattern []byte) int { return max(1, walkStep/(1+len(pattern)/16)) }

// refusePattern answers a pattern that is too long, and reports whether it is.
func refusePattern(c *call, pattern []byte) bool {
	if len(pattern) > mostPattern {
		c.fail("pattern is " + strconv.Itoa(len(pattern)) + " bytes, the limit is " + strconv.Itoa(mostPattern))
	}
	return len(pattern) > mostPattern
}

// walk is KEYS under way. The line dialect sends keys as they come. RESP must
// tell their number first, so they are collected, encoded, before any is sent.
type walk struct {
	cursor  uint64
	pattern []byte // empty: every key
	found   int
	done    bool   // collected all; sending
	kept    []byte // RESP: encoded keys, then those still to be sent
	sent    int
	tooMany bool
}

func lineKeys(c *call) { c.s.walk = &walk{} }

func cmdKeys(c *call) {
	w := &walk{}
	if refusePattern(c, c.arg(1)) {
		return
	}
	if p := c.arg(1); string(p) != "*" {
		w.pattern = append([]byte{}, p...)
	}
	c.s.walk = w
}

// step goes on with the walk until the output holds limit bytes. It reports
// whether the walk has ended; otherwise the connection yields.
func (w *walk) step(c *call, limit int) (ended bool) {
	work, many := 0, patternStep(w.pattern)
	for seen := 0; !w.done; seen += many {
		if len(c.out) > limit || seen > walkTurn || work > walkWork {
			return false
		}
		w.cursor = c.n.store.Scan(w.cursor, many, c.now, func(_ lru.Reader, _ lru.Entry, key []byte) {
			if w.pattern != nil {
				ok, took := wire.MatchWork(w.pattern, key)
				if work += took; !ok {
					return
				}
			}
			if w.tooMany {
				return
			}
			w.found++
			if c.line {
				c.out = wire.AppendLineValue(c.out, key)
				c.out = append(c.out, '\n')
				return
			}
			w.kept = wire.Bulk(w.kept, key)
			w.tooMany = len(w.kept) > walkMostKept
		})
		if w.done = w.cursor == 0 || w.tooMany; w.done {
			w.head(c)
		}
	}
	n := min(len(w.kept)-w.sent, max(limit-len(c.out), 0)+1)
	c.out = append(c.out, w.kept[w.sent:w.sent+n]...)
	if w.sent += n; w.sent < len(w.kept) {
		return false
	}
	c.s.walk = nil
	return true
}

// head opens the reply, once the number of keys is known.
func (w *walk) head(c *call) {
	switch {
	case c.line && w.found == 0:
		c.out = append(c.out, "No keys found\n"...)
	case c.line:
	case w.tooMany:
		w.kept = nil
		c.fail("KEYS would answer more than 64 MB, use SCAN")
	default:
		c.out = wire.Array(c.out, w.found)
	}
}

// Kept is how many bytes the session keeps of a reply that it is making, and of a transaction: they are to
// count with the connection's buffers.
func (s *Session) Kept() (n int) {
	if s.walk != nil {
		n = cap(s.walk.kept)
	}
	if s.tx != nil {
		n += s.tx.size()
	}
	return n
}

func cmdScan(c *call) {
	cursor, ok := wire.ParseCursor(c.arg(1))
	if !ok {
		c.fail("invalid cursor")
		return
	}
	var pattern []byte
	count := int64(10)
	strings := true
	for i := 2; i < len(c.args); i += 2 {
		switch {
		case i+1 == len(c.args):
			c.fail(syntaxError)
			return
		case c.is(i, "COUNT"):
			if count, ok = wire.ParseInt(c.arg(i + 1)); !ok {
				c.fail(notAnInteger)
				return
			}
			if count < 1 {
				c.fail(syntaxError)
				return
			}
		case c.is(i, "MATCH"):
			if pattern = c.arg(i + 1); string(pattern) == "*" {
				pattern = nil
			}
		case c.is(i, "TYPE"):
			strings = c.is(i+1, "STRING")
		default:
			c.fail(syntaxError)
			return
		}
	}
	if refusePattern(c, pattern) {
		return
	}
	found, work := 0, 0
	kept := c.l.text[:0]
	next := cursor
	for left := int(min(count, walkTurn)); left > 0 && work <= walkWork; {
		many := min(left, patternStep(pattern))
		left -= many
		next = c.n.store.Scan(next, many, c.now, func(_ lru.Reader, _ lru.Entry, key []byte) {
			ok, took := strings, 0
			if ok && pattern != nil {
				ok, took = wire.MatchWork(pattern, key)
			}
			if work += took; ok {
				kept = wire.Bulk(kept, key)
				found++
			}
		})
		if next == 0 {
			break
		}
	}
	c.l.text = kept
	c.out = wire.Array(c.out, 2)
	var digits [20]byte
	c.out = wire.Bulk(c.out, appendUint(digits[:0], next))
	c.out = wire.Array(c.out, found)
	c.out = append(c.out, kept...)
}
