package session

import (
	"bytes"

	"github.com/cachegopher/cachegopher/internal/wire"
	"github.com/cachegopher/cachegopher/lru"
	"github.com/cachegopher/cachegopher/server/session/reply"
)

// Call is one request being executed: its arguments, and the Writer for its reply. Its memory, arguments included, is
// valid only during the current Run: a command must not retain any of it.
type Call struct {
	reply.Writer
	Node    *Node
	Session *Session
	KeyHash uint64 // of the first key
	Now     int64  // the store's clock, ms
	// Scratch is a buffer for a value that is built before it is stored or sent, Hashes one for the hashes of several
	// keys. A command that has grown one stores it back, for reuse by the next request.
	Scratch []byte
	Hashes  []uint64

	l *Loop
	// keySlot is the slot of the first key; negative: not known.
	keySlot int16

	cmd  *Handler    // the command being executed, which counts its errors; nil: none
	buf  []byte      // args are spans of it
	args []wire.Span // the command's name first
	most int         // length of Out beyond which a long reply continues in the next Run
	held *lru.Locked // the shards that the transaction being executed holds; nil outside one
}

// Name is the command's name in lower case, as errors show it.
func (c *Call) Name() string { return c.cmd.name }

// NArg is the number of arguments, the command's name included.
func (c *Call) NArg() int { return len(c.args) }

// Arg is argument i; 0 is the command's name.
func (c *Call) Arg(i int) []byte { return c.args[i].Of(c.buf) }

// Is reports whether argument i is word in any letter case. REQUIRES: word is in upper case.
func (c *Call) Is(i int, word string) bool { return wire.EqualFold(c.Arg(i), word) }

// IsAny is Is for one of several words.
func (c *Call) IsAny(i int, words ...string) bool {
	for _, word := range words {
		if c.Is(i, word) {
			return true
		}
	}
	return false
}

// Hash is the hash of argument i as a key.
func (c *Call) Hash(i int) uint64 { return c.Node.store.Hash(c.Arg(i)) }

// Part is the number of parts of the command that earlier Runs have done; see Continue.
func (c *Call) Part() int { return c.Session.progress }

// Full reports whether the output has reached its limit, so that a command with more to write must call Continue.
func (c *Call) Full() bool { return len(c.Out) > c.most }

// Continue makes the next Run execute the command again, with Part returning part; 0: the command is finished. Until then the
// connection executes nothing else.
func (c *Call) Continue(part int) { c.Session.progress = part }

// Database reports whether argument i is 0, the only database. If it is not, it answers an error.
func (c *Call) Database(i int) bool {
	n, ok := wire.ParseInt(c.Arg(i))
	switch {
	case !ok:
		c.Error(reply.NotAnInteger)
	case n != int64(int32(n)):
		c.Fail("value is out of range, value must between -2147483648 and 2147483647")
	case n != 0:
		c.Fail("DB index is out of range")
	default:
		return true
	}
	return false
}

// InTransaction reports whether a transaction is being executed, which holds the shards of all its keys: Lock and Unlock do
// nothing then.
func (c *Call) InTransaction() bool { return c.held != nil }

// Front is the front of argument i, up to most bytes or the first NUL, as error texts of Redis show it.
func (c *Call) Front(i, most int) []byte {
	b := c.Arg(i)
	b, _, _ = bytes.Cut(b[:min(len(b), most)], []byte{0})
	return b
}

// Shown is argument i as error texts show it whole.
func (c *Call) Shown(i int) string { return string(c.Front(i, lru.MaxSize)) }

// EachKey calls fn with the position of each argument that is a key of cmd.
func (c *Call) EachKey(cmd *Handler, fn func(i int)) {
	if cmd.key == 0 {
		return
	}
	last := cmd.last
	if last < 0 {
		last += len(c.args)
	}
	for i := cmd.key; i <= last && i < len(c.args); i += cmd.gap {
		fn(i)
	}
}

// countError counts an error reply, and a failure of the command being executed, if there is one.
func (c *Call) countError(code reply.Code) {
	t := &c.l.stats
	add(&t.errors[code], 1)
	if c.cmd != nil {
		add(&t.fail[c.cmd.id], 1)
	}
}

// refuse calls say, which answers a request that is not executed, so that the command does not count as failed.
func (c *Call) refuse(say func()) {
	cmd := c.cmd
	c.cmd = nil
	say()
	c.cmd = cmd
}

// unknown answers a request whose command does not exist.
func (c *Call) unknown() {
	c.cmd = nil
	if c.Session.denied&NeedsRoom != 0 {
		c.turnAway()
		return
	}
	c.Session.dialect.Unknown(c)
}
