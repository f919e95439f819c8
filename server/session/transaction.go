package session

import (
	"strconv"

	"github.com/cachegopher/cachegopher/internal/wire"
)

var transactionCommands = []Command{
	{
		Name: "MULTI", Run: cmdMulti, Arity: 1,
		Flags: "noscript loading stale fast allow_busy", Group: "transactions", Since: "1.2.0",
		Summary: "Begins a transaction: the commands that follow are queued.",
		Instead: "Pipeline, or CompareAndSwap",
		Queued:  Alone,
	},
	{
		Name: "EXEC", Run: cmdExec, Arity: 1,
		Flags: "noscript loading stale skip_slowlog", Group: "transactions", Since: "1.2.0",
		Summary: "Executes the queued commands atomically.",
		Instead: "Pipeline, or CompareAndSwap",
		Queued:  Alone,
	},
	{
		Name: "DISCARD", Run: cmdDiscard, Arity: 1,
		Flags: "noscript loading stale fast allow_busy", Group: "transactions", Since: "2.0.0",
		Summary: "Discards the queued commands.",
		Instead: "Pipeline, or CompareAndSwap",
		Queued:  Alone,
	},
}

// Limits of a transaction. While it executes, it holds the locks of the shards of all its keys and blocks every other user
// of these shards.
const (
	maxQueued      = 65536           // commands
	maxQueuedBytes = wire.MaxRequest // bytes of memory for the queue
	maxTxReplies   = 64 << 20        // bytes of replies
)

// keptQueue is the largest queue, in bytes, that a loop keeps for its next transaction.
const keptQueue = 64 << 10

// transaction holds the commands that a client has queued since MULTI.
type transaction struct {
	queue   []queuedCommand
	args    []wire.Span // of all commands, in buf
	buf     []byte
	needs   uint32 // the union of the commands' preconditions
	every   bool   // a command concerns all keys
	flushes bool   // a command deletes every key
	broken  bool   // a command was refused, so EXEC will be refused too
	replies []byte // scratch
}

// queuedCommand is a command waiting for EXEC.
type queuedCommand struct {
	cmd         *Handler
	first, argc uint32 // in transaction.args
}

// size is the memory that t takes, in bytes.
func (t *transaction) size() int {
	return cap(t.buf) + 8*cap(t.args) + 16*cap(t.queue) + cap(t.replies)
}

func (t *transaction) clear() {
	*t = transaction{queue: t.queue[:0], args: t.args[:0], buf: t.buf[:0], replies: t.replies[:0]}
}

func cmdMulti(c *Call) {
	s := c.Session
	if s.tx != nil {
		c.Fail("MULTI calls can not be nested")
		return
	}
	if s.tx, c.l.spare = c.l.spare, nil; s.tx == nil {
		s.tx = &transaction{}
	}
	s.queued.Store(1)
	c.OK()
}

func cmdDiscard(c *Call) {
	if c.Session.tx == nil {
		c.Fail("DISCARD without MULTI")
		return
	}
	c.endTransaction()
	c.OK()
}

// endTransaction discards the transaction, if there is one.
func (c *Call) endTransaction() {
	t := c.Session.tx
	if t == nil {
		return
	}
	c.Session.tx = nil
	c.Session.queued.Store(0)
	if t.clear(); t.size() <= keptQueue {
		c.l.spare = t
	}
}

// spoil marks the transaction as broken after a command was refused: EXEC must execute none of it.
func (s *Session) spoil() {
	if s.tx != nil {
		s.tx.clear()
		s.tx.broken = true
	}
}

// queue adds the request to the transaction, or refuses it.
func (c *Call) queue(cmd *Handler) {
	t := c.Session.tx
	if !cmd.within || cmd.Outside != "" && c.NArg() > 1 && c.Is(1, cmd.Outside) {
		c.l.stats.rejected(cmd.id, notInTransaction)
		c.cmd = nil // it is not executed
		c.Fail("Command not allowed inside a transaction")
		c.Session.spoil()
		return
	}
	if t.broken {
		c.Simple("QUEUED")
		return
	}
	bytes := len(t.buf) + 8*(len(t.args)+c.NArg()) + 16*(len(t.queue)+1)
	for i := range c.args {
		bytes += len(c.Arg(i))
	}
	if len(t.queue) == maxQueued || bytes > maxQueuedBytes {
		c.l.stats.rejected(cmd.id, notInTransaction)
		c.cmd = nil
		c.Fail("a transaction may have " + strconv.Itoa(maxQueued) + " commands and " + strconv.Itoa(maxQueuedBytes>>20) +
			" MB; nothing of this one will be executed")
		c.Session.spoil()
		return
	}
	t.queue = append(t.queue, queuedCommand{cmd, uint32(len(t.args)), uint32(c.NArg())})
	for i := range c.args {
		a := c.Arg(i)
		t.args = append(t.args, wire.Span{Off: uint32(len(t.buf)), Len: uint32(len(a))})
		t.buf = append(t.buf, a...)
	}
	t.needs |= cmd.needs.Load()
	t.flushes = t.flushes || cmd.Name == "FLUSHALL" || cmd.Name == "FLUSHDB"
	t.every = t.every || cmd.Keys.First == 0 && cmd.needs.Load()&(MayRead|MayWrite) != 0
	c.Session.queued.Store(int32(len(t.queue)) + 1)
	c.Simple("QUEUED")
}
