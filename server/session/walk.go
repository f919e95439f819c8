package session

import (
	"math"
	"strconv"

	"github.com/cachegopher/cachegopher/internal/wire"
	"github.com/cachegopher/cachegopher/lru"
	"github.com/cachegopher/cachegopher/ring"
	"github.com/cachegopher/cachegopher/server/session/reply"
)

// Limits of one Run of a walk, so that the loop's other connections do not wait long.
const (
	walkStep     = 256      // entries visited between two checks of the limits
	walkTurn     = 8192     // entries visited in one Run
	walkMostKept = 64 << 20 // bytes of keys that KEYS may collect for an array with a count

	// Matching a key may take as many comparisons as the product of the pattern's length and the key's.
	walkWork = 4 << 20 // characters compared in one Run
)

// patternStep is how many entries to visit between two checks of the work done.
func patternStep(pattern []byte) int { return max(1, walkStep/(1+len(pattern)/16)) }

// walk is a KEYS in progress. A dialect whose arrays begin with their length cannot send a key before all are found, so the
// encoded keys are collected in kept. Other dialects send each key when it is found.
type walk struct {
	cursor  uint64
	pattern []byte // nil: every key
	found   int
	done    bool   // every entry has been visited; kept is being sent
	kept    []byte // the encoded keys
	words   *reply.Words
	sent    int  // bytes of kept already sent
	tooMany bool // kept has outgrown walkMostKept
	shared  bool // kept belongs to several connections, and must not be changed

	inSlot bool // only the keys of slot, at most most of them; with counts their number alone
	counts bool
	slot   int
	most   int
}

// Walk answers with the keys that match pattern, or with every key when pattern is nil. The reply may take several Runs;
// the connection executes nothing else until it is complete. Walk retains pattern.
func (c *Call) Walk(pattern []byte) { c.Session.walk = &walk{pattern: pattern, words: c.Words} }

// WalkSlot is Walk for at most most keys of a slot. CountSlot answers with the number of the slot's keys.
func (c *Call) WalkSlot(slot, most int) { c.Session.walk = &walk{inSlot: true, slot: slot, most: most} }
func (c *Call) CountSlot(slot int) {
	c.Session.walk = &walk{inSlot: true, slot: slot, most: math.MaxInt, counts: true}
}

// wants reports whether the reply has the key, and how many characters were looked at.
func (w *walk) wants(key []byte) (ok bool, work int) {
	switch {
	case w.inSlot:
		return w.found < w.most && ring.SlotBytes(key) == w.slot, len(key)
	case w.pattern != nil:
		return wire.MatchWork(w.pattern, key)
	}
	return true, 0
}

// step continues the walk until the output holds limit bytes or a limit of the Run is reached. It reports whether the walk
// has ended; if not, the connection yields.
func (w *walk) step(c *Call, limit int) (ended bool) {
	work, many := 0, patternStep(w.pattern)
	for seen := 0; !w.done; seen += many {
		if len(c.Out) > limit || seen > walkTurn || work > walkWork {
			return false
		}
		w.cursor = c.Node.store.Scan(w.cursor, many, c.Now, func(_ lru.Reader, _ lru.Entry, key []byte) {
			ok, took := w.wants(key)
			if work += took; !ok || w.tooMany {
				return
			}
			w.found++
			if w.counts {
				return
			}
			if !c.Counted() {
				c.Bulk(key)
				return
			}
			w.kept = c.AppendBulk(w.kept, key)
			w.tooMany = len(w.kept) > walkMostKept
		})
		if w.done = w.cursor == 0 || w.tooMany || w.inSlot && w.found >= w.most; w.done {
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

// head writes the header of the reply, once the number of keys is known.
func (w *walk) head(c *Call) {
	switch {
	case w.counts:
		c.Integer(int64(w.found))
	case w.tooMany:
		w.kept = nil
		c.Fail("KEYS would answer more than " + strconv.Itoa(walkMostKept>>20) + " MB, use SCAN")
	default:
		c.Words = w.words
		c.Array(w.found)
		c.Words = nil
	}
}

// Kept is the number of bytes that the session holds for an unfinished reply and for a transaction. They count towards
// the limit of the connection's buffers.
func (s *Session) Kept() (n int) {
	if s.walk != nil && !s.walk.shared {
		n = cap(s.walk.kept)
	}
	if s.tx != nil {
		n += s.tx.size()
	}
	return n
}

// Scan calls fn with each key that matches pattern, or with every key when pattern is nil, for about count entries from
// cursor on. It visits fewer when a limit of the Run is reached. It returns the cursor for the next call, 0 after the
// last entry. fn runs under the shard's lock and must not retain key.
func (c *Call) Scan(cursor uint64, count int64, pattern []byte, fn func(key []byte)) (next uint64) {
	work := 0
	for left := int(min(count, walkTurn)); left > 0 && work <= walkWork; {
		many := min(left, patternStep(pattern))
		left -= many
		cursor = c.Node.store.Scan(cursor, many, c.Now, func(_ lru.Reader, _ lru.Entry, key []byte) {
			if pattern != nil {
				ok, took := wire.MatchWork(pattern, key)
				if work += took; !ok {
					return
				}
			}
			fn(key)
		})
		if cursor == 0 {
			break
		}
	}
	return cursor
}
