package session

import (
	"bytes"

	"github.com/cachegopher/cachegopher/internal/wire"
	"github.com/cachegopher/cachegopher/lru"
	"github.com/cachegopher/cachegopher/server/session/reply"
)

// Call is one request on its way: its arguments, and the Writer that its reply goes to. What it holds belongs to the Run
// under way: a command keeps nothing of it, arguments included.
type Call struct {
	reply.Writer
	Node    *Node
	Session *Session
	KeyHash uint64 // of the first key
	Now     int64  // the store's clock, ms
	// Scratch is for a value that is built before it is stored or sent, Hashes for those of several keys. Who uses them
	// leaves what has grown in them, for the next request.
	Scratch []byte
	Hashes  []uint64

	l    *Loop
	cmd  *Handler    // nil: none is executed, so that none can fail
	buf  []byte      // what args are spans of
	args []wire.Span // the command's name first
	most int         // when Out is longer, a reply that goes on does so in the next Run
	held *lru.Locked // the shards that the transaction under way holds; nil: none is
}

// Name is the command's name in lower case, as errors show it.
func (c *Call) Name() string { return c.cmd.name }

// NArg is the number of arguments, the command's name included.
func (c *Call) NArg() int { return len(c.args) }

// Arg is argument i; 0 is the command's name.
func (c *Call) Arg(i int) []byte { return c.args[i].Of(c.buf) }

// Is reports whether argument i is the upper-case word, in any case.
func (c *Call) Is(i int, word string) bool { return wire.EqualFold(c.Arg(i), word) }

// IsAny reports whether argument i is one of the upper-case words, in any case.
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

// Part is how many parts of the command earlier calls have done; see GoOn.
func (c *Call) Part() int { return c.Session.progress }

// Full reports whether so much is answered that a command with more to say has to GoOn.
func (c *Call) Full() bool { return len(c.Out) > c.most }

// GoOn has the command run again in the next Run, with Part part; 0: it is finished. Nothing else is executed for the
// connection before.
func (c *Call) GoOn(part int) { c.Session.progress = part }

// Database reports whether argument i is 0, the only database, and answers when it is not.
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

// InTransaction reports whether the shards of all keys are held already: Lock and Unlock do nothing then.
func (c *Call) InTransaction() bool { return c.held != nil }

// Shown is argument i as an error shows it.
func (c *Call) Shown(i int) string { return string(upTo(c.Arg(i), lru.MaxSize)) }

// EachKey calls fn with the number of each argument that is a key of cmd.
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

// countError counts an error reply, of the command that is executed if there is one.
func (c *Call) countError(code reply.Code) {
	t := &c.l.stats
	add(&t.errors[code], 1)
	if c.cmd != nil {
		add(&t.fail[c.cmd.id], 1)
	}
}

// refuse answers by say that a request is not executed: no command fails.
func (c *Call) refuse(say func()) {
	cmd := c.cmd
	c.cmd = nil
	say()
	c.cmd = cmd
}

// unknown answers a command that there is not.
func (c *Call) unknown() {
	c.cmd = nil
	if c.Session.denied&NeedsRoom != 0 {
		c.turnAway()
		return
	}
	c.Session.dialect.Unknown(c)
}

// upTo is the front of b, up to most bytes or a NUL, as Redis puts it in its errors.
func upTo(b []byte, most int) []byte {
	b = b[:min(len(b), most)]
	if i := bytes.IndexByte(b, 0); i >= 0 {
		b = b[:i]
	}
	return b
}
