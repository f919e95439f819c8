package session

import (
	"bytes"
	"strings"

	"github.com/cachegopher/cachegopher/internal/wire"
	"github.com/cachegopher/cachegopher/lru"
)

// call is one request on its way: its arguments and where its reply goes. Its
// slices belong to the Run that goes on.
type call struct {
	n    *Node
	l    *Loop
	s    *Session
	cmd  *handler
	buf  []byte      // what args are spans of
	args []wire.Span // the command's name first
	h    uint64      // hash of the first key
	out  []byte
	now  int64       // the store's clock, ms
	p    int         // RESP version
	line bool        // the line dialect
	most int         // when out is longer, a reply that goes on does so in the next Run
	held *lru.Locked // the shards that the transaction under way holds; nil: none is
}

func (c *call) arg(i int) []byte { return c.args[i].Of(c.buf) }

// is reports whether argument i is the upper-case word, in any case.
func (c *call) is(i int, word string) bool { return wire.EqualFold(c.arg(i), word) }

func (c *call) hash(i int) uint64 { return c.n.store.Hash(c.arg(i)) }

// eachKey calls fn with the number of each argument that is a key of cmd.
func (c *call) eachKey(cmd *handler, fn func(i int)) {
	first, last, step := cmd.spec.First, cmd.spec.Last, max(cmd.spec.Step, 1)
	if c.line {
		first = cmd.line.Key
	}
	if first == 0 {
		return
	}
	if last < 0 {
		last += len(c.args)
	}
	for i := first; i <= last && i < len(c.args); i += step {
		fn(i)
	}
}

// arity checks the number of arguments, and answers when it is wrong.
func (c *call) arity() bool {
	n := len(c.args)
	if c.line {
		if n >= c.cmd.line.Min && n <= c.cmd.line.Max {
			return true
		}
		c.usage(c.cmd)
		return false
	}
	if a := c.cmd.spec.Arity; n == a || a < 0 && n >= -a {
		return true
	}
	h := c.cmd
	c.cmd = nil // was not executed, so it has not failed
	c.wrongArgs(h.name)
	c.cmd = h
	return false
}

// wrongArgs answers that a command, or a subcommand as in client|kill, has the
// wrong number of arguments.
func (c *call) wrongArgs(name string) {
	c.countError(errGeneric)
	c.out = append(c.out, "-ERR wrong number of arguments for '"...)
	c.out = append(c.out, name...)
	c.out = append(c.out, "' command\r\n"...)
}

// fail answers with an error; text is without its code, and may hold what the
// client sent.
func (c *call) fail(text string) {
	if c.line {
		c.lineError(text)
		return
	}
	c.failAs(errGeneric, text)
}

// failWith answers with an error that may hold what the client sent.
func (c *call) failWith(err error) { c.fail(wire.Brief(err.Error())) }

// failAs is fail with another code than ERR, in RESP.
func (c *call) failAs(code errorCode, text string) {
	c.countError(code)
	c.out = wire.Error(c.out, errorCodes[code], text)
}

func (c *call) lineError(text string) {
	c.countError(errGeneric)
	c.out = append(c.out, "ERROR: "...)
	c.out = wire.AppendPrintable(c.out, text)
	c.out = append(c.out, '\n')
}

// Texts of errors that several commands give, as Redis words them.
const (
	syntaxError   = "syntax error"
	notAnInteger  = "value is not an integer or out of range"
	outOfMemory   = "command not allowed when used memory > 'maxmemory'."
	noSuchKey     = "no such key"
	lineNotFound  = "ERROR: Key not found\n"
	lineNotNumber = "Value is not an integer or out of range"
)

func (c *call) ok() {
	if c.line {
		c.out = append(c.out, "OK\n"...)
		return
	}
	c.out = append(c.out, "+OK\r\n"...)
}

func (c *call) integer(n int64) {
	if c.line {
		c.out = wire.AppendInt(c.out, n)
		c.out = append(c.out, '\n')
		return
	}
	c.out = wire.Int(c.out, n)
}

func (c *call) null() {
	if c.line {
		c.out = append(c.out, lineNotFound...)
		return
	}
	c.out = wire.Null(c.out, c.p)
}

// value answers with the value of e.
func (c *call) value(s *lru.Shard, e lru.Entry) {
	if !c.line {
		c.out = wire.BulkHeader(c.out, s.Len(e))
		c.out = s.AppendValue(c.out, e)
		c.out = append(c.out, '\r', '\n')
		return
	}
	start := len(c.out)
	c.out = s.AppendValue(c.out, e)
	if wire.HasLineEnd(c.out[start:]) {
		c.l.text = append(c.l.text[:0], c.out[start:]...)
		c.out = wire.AppendLineValue(c.out[:start], c.l.text)
	}
	c.out = append(c.out, '\n')
}

// replyTooLarge answers a key and value of so many bytes together.
func (c *call) replyTooLarge(size uint64) {
	c.countError(errGeneric)
	if c.line {
		c.out = append(c.out, "ERROR: Key and value are "...)
	} else {
		c.out = append(c.out, "-ERR key and value are "...)
	}
	c.out = wire.AppendInt(c.out, int64(size))
	c.out = append(c.out, " bytes, the limit is 65536"...)
	c.end()
}

func (c *call) end() {
	if c.line {
		c.out = append(c.out, '\n')
		return
	}
	c.out = append(c.out, '\r', '\n')
}

// unknown answers a command that there is not.
func (c *call) unknown() {
	c.cmd = nil
	if c.s.denied&needsRoom != 0 {
		c.turnAway()
		return
	}
	if c.line {
		c.unknownWord(c.arg(0))
		return
	}
	var b strings.Builder
	b.WriteString("unknown command '")
	b.Write(upTo(c.arg(0), 128))
	b.WriteString("', with args beginning with: ")
	for i, args := 1, 0; i < len(c.args) && args < 128; i++ {
		a := upTo(c.arg(i), 128-args)
		b.WriteByte('\'')
		b.Write(a)
		b.WriteString("' ")
		args += len(a) + 3
	}
	c.fail(b.String())
}

// upTo is the front of b, up to most bytes or a NUL, as Redis puts it in its errors.
func upTo(b []byte, most int) []byte {
	b = b[:min(len(b), most)]
	if i := bytes.IndexByte(b, 0); i >= 0 {
		b = b[:i]
	}
	return b
}
