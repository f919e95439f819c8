package session

import (
	"strconv"

	"github.com/cachegopher/cachegopher/internal/command"
	"github.com/cachegopher/cachegopher/internal/wire"
	"github.com/cachegopher/cachegopher/lru"
	"github.com/cachegopher/cachegopher/server/session/reply"
)

var walkCommands = []Command{
	{
		Name: "KEYS", Run: cmdKeys, Arity: 2,
		Flags: "readonly", Needs: AllKeys, Categories: "dangerous", Group: "generic", Shared: true, Since: "1.0.0",
		Tips:    "request_policy:all_shards nondeterministic_output_order",
		Syntax:  "pattern",
		Summary: "Returns the keys that match a pattern.",
		Timed:   true,
		Differs: []Difference{{Compare: command.AnyOrder, What: ownOrder}},
		Line:    []Form{{Min: 1, Max: 1, Reply: "a key a line, or `No keys found`", Run: lineKeys, Words: &reply.Words{Empty: "No keys found"}}},
	},
	{
		Name: "SCAN", Run: cmdScan, Arity: -2,
		Flags: "readonly", Needs: AllKeys, Group: "generic", Shared: true, Since: "2.8.0",
		Tips:    "nondeterministic_output request_policy:special",
		Syntax:  "cursor [MATCH pattern] [COUNT count] [TYPE type]",
		Summary: "Walks the keys step by step.",
		Timed:   true,
		Differs: []Difference{{Compare: command.AnyOrder, What: ownOrder}},
	},
}

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
func refusePattern(c *Call, pattern []byte) bool {
	if len(pattern) > mostPattern {
		c.Fail("pattern is " + strconv.Itoa(len(pattern)) + " bytes, the limit is " + strconv.Itoa(mostPattern))
	}
	return len(pattern) > mostPattern
}

// walk is KEYS under way. Where an array begins with its number the keys are collected, encoded, before any is sent;
// otherwise they are sent as they come.
type walk struct {
	cursor  uint64
	pattern []byte // empty: every key
	found   int
	done    bool   // collected all; sending
	kept    []byte // encoded keys, then those still to be sent
	words   *reply.Words
	sent    int
	tooMany bool
}

func lineKeys(c *Call) { c.Walk(nil) }

func cmdKeys(c *Call) {
	if refusePattern(c, c.Arg(1)) {
		return
	}
	if p := c.Arg(1); string(p) != "*" {
		c.Walk(append([]byte{}, p...))
		return
	}
	c.Walk(nil)
}

// Walk answers with all keys that match the pattern, nil: with all. It takes as many Runs as are needed, and nothing else
// is executed for the connection before it has ended. It keeps the pattern.
func (c *Call) Walk(pattern []byte) { c.Session.walk = &walk{pattern: pattern, words: c.Words} }

// step goes on with the walk until the output holds limit bytes. It reports
// whether the walk has ended; otherwise the connection yields.
func (w *walk) step(c *Call, limit int) (ended bool) {
	work, many := 0, patternStep(w.pattern)
	for seen := 0; !w.done; seen += many {
		if len(c.Out) > limit || seen > walkTurn || work > walkWork {
			return false
		}
		w.cursor = c.Node.store.Scan(w.cursor, many, c.Now, func(_ lru.Reader, _ lru.Entry, key []byte) {
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
			if !c.Counted() {
				c.Bulk(key)
				return
			}
			w.kept = c.AppendBulk(w.kept, key)
			w.tooMany = len(w.kept) > walkMostKept
		})
		if w.done = w.cursor == 0 || w.tooMany; w.done {
			w.head(c)
		}
	}
	n := min(len(w.kept)-w.sent, max(limit-len(c.Out), 0)+1)
	c.Raw(w.kept[w.sent : w.sent+n])
	if w.sent += n; w.sent < len(w.kept) {
		return false
	}
	c.Session.walk = nil
	return true
}

// head opens the reply, once the number of keys is known.
func (w *walk) head(c *Call) {
	switch {
	case w.tooMany:
		w.kept = nil
		c.Fail("KEYS would answer more than 64 MB, use SCAN")
	default:
		c.Words = w.words
		c.Array(w.found)
		c.Words = nil
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

func cmdScan(c *Call) {
	cursor, ok := wire.ParseCursor(c.Arg(1))
	if !ok {
		c.Fail("invalid cursor")
		return
	}
	var pattern []byte
	count := int64(10)
	strings := true
	for i := 2; i < c.NArg(); i += 2 {
		switch {
		case i+1 == c.NArg():
			c.Error(reply.SyntaxError)
			return
		case c.Is(i, "COUNT"):
			if count, ok = wire.ParseInt(c.Arg(i + 1)); !ok {
				c.Error(reply.NotAnInteger)
				return
			}
			if count < 1 {
				c.Error(reply.SyntaxError)
				return
			}
		case c.Is(i, "MATCH"):
			if pattern = c.Arg(i + 1); string(pattern) == "*" {
				pattern = nil
			}
		case c.Is(i, "TYPE"):
			strings = c.Is(i+1, "STRING")
		default:
			c.Error(reply.SyntaxError)
			return
		}
	}
	if refusePattern(c, pattern) {
		return
	}
	found, work := 0, 0
	kept := c.Scratch[:0]
	next := cursor
	for left := int(min(count, walkTurn)); left > 0 && work <= walkWork; {
		many := min(left, patternStep(pattern))
		left -= many
		next = c.Node.store.Scan(next, many, c.Now, func(_ lru.Reader, _ lru.Entry, key []byte) {
			ok, took := strings, 0
			if ok && pattern != nil {
				ok, took = wire.MatchWork(pattern, key)
			}
			if work += took; ok {
				kept = c.AppendBulk(kept, key)
				found++
			}
		})
		if next == 0 {
			break
		}
	}
	c.Scratch = kept
	c.Array(2)
	var digits [20]byte
	c.Bulk(appendUint(digits[:0], next))
	c.Array(found)
	c.Raw(kept)
}
