package session

import (
	"strconv"

	"github.com/cachegopher/cachegopher/internal/wire"
	"github.com/cachegopher/cachegopher/server/session/reply"
)

func cmdExec(c *Call) {
	t := c.Session.tx
	if t == nil {
		c.Fail("EXEC without MULTI")
		return
	}
	if t.needs&NeedsWrite != 0 {
		c.l.gate.enter(c.Node)
	}
	switch {
	case c.execWaits(t):
		c.l.gate.spare(t.needs)
		return // EXEC is executed again later
	case c.execFails(t):
		c.l.gate.spare(t.needs)
	case t.flushes:
		c.flushing(func() { c.carryOut(t) }) // before the shards are locked
	default:
		c.carryOut(t)
	}
	c.endTransaction()
}

// execWaits reports whether EXEC waits for a change of the node.
func (c *Call) execWaits(t *transaction) bool {
	return !t.broken && (c.Node.refuse.Load()&t.needs&(NeedsData|NeedsWrite) == NeedsWrite && c.holdBack() || c.awaitsLead(t))
}

// execFails answers EXEC with an error if the transaction cannot be executed, and reports whether it has.
func (c *Call) execFails(t *transaction) bool {
	switch {
	case t.broken:
		c.FailAs(reply.ExecAbort, "Transaction discarded because of previous errors.")
	case c.elsewhere(t):
	case c.Node.refuse.Load()&t.needs&NeedsData != 0:
		c.FailAs(reply.ExecAbort, "Transaction discarded because the node is loading its data")
	case c.writesElsewhere(t.needs):
		slot, _ := c.slotOf(t)
		c.moved(c.Node.cluster.Load(), slot)
	case c.Node.refuse.Load()&t.needs&NeedsWrite != 0:
		e := c.Node.refusal()
		why := e.Code.Prefix() + e.Text
		c.FailAs(reply.ExecAbort, "Transaction discarded because of: "+why)
	default:
		return false
	}
	return true
}

// carryOut executes the commands of t atomically: it holds the shards of all their keys from the first to the last command.
func (c *Call) carryOut(t *transaction) {
	args, buf, h, cmd, out, most := c.args, c.buf, c.KeyHash, c.cmd, c.Out, c.most
	c.buf, c.Out, c.most = t.buf, wire.Array(t.replies[:0], len(t.queue)), maxTxReplies
	s, muted, skip := c.Session, c.Session.muted, c.Session.skip
	c.lockQueue(t)
	func() {
		defer func() {
			c.held = nil
			c.l.held.Unlock()
			s.tx, s.muted, s.skip = t, muted, skip
		}()
		c.held = &c.l.held
		// CLIENT REPLY applies to the reply of EXEC as a whole, not to the replies within it.
		s.tx, s.muted, s.skip = nil, false, 0
		for i := range t.queue {
			c.queuedOne(t, &t.queue[i])
		}
	}()
	t.replies = c.Out
	c.args, c.buf, c.KeyHash, c.cmd, c.Out, c.most = args, buf, h, cmd, out, most
	if len(c.Out)+len(t.replies) <= c.most {
		c.Out = append(c.Out, t.replies...)
		return
	}
	c.Session.walk = &walk{done: true, kept: t.replies}
	t.replies = nil
}

// lockQueue locks the shards of all keys of t.
func (c *Call) lockQueue(t *transaction) {
	held := &c.l.held
	if t.every {
		c.Node.store.WantEvery(held)
	} else {
		for _, q := range t.queue {
			c.args = t.args[q.first : q.first+q.argc]
			c.EachKey(q.cmd, func(i int) { c.Node.store.Want(held, c.Hash(i)) })
		}
	}
	c.Node.store.LockWanted(held)
}

// shortReply is the size, in bytes, up to which a reply is sent even when the limit for replies has been reached.
const shortReply = 128

// queuedOne executes one command of t. A reply beyond the limit is replaced by an error, unless it is short.
func (c *Call) queuedOne(t *transaction, q *queuedCommand) {
	c.args = t.args[q.first : q.first+q.argc]
	if key := q.cmd.Keys.First; key > 0 && key < c.NArg() {
		c.KeyHash, c.keySlot = c.Hash(key), -1
	}
	start := len(c.Out)
	c.Session.one(c, q.cmd)
	if len(c.Out) > c.most && len(c.Out)-start > shortReply || c.Session.progress > 0 {
		c.Session.progress = 0
		c.Out = c.Out[:start]
		c.Fail("the command was executed, but the replies of its transaction are larger than " + strconv.Itoa(maxTxReplies>>20) + " MB")
	}
}
