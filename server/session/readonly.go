package session

import (
	"slices"
	"sync/atomic"
	"time"

	"github.com/cachegopher/cachegopher/server/session/reply"
)

// Leads reports whether the node takes writes for its group now. Any goroutine may call it.
func (n *Node) Leads() bool {
	if n.Replication != nil {
		return n.Replication.Leads()
	}
	return n.Role != "secondary"
}

// role is primary or secondary.
func (n *Node) role() string {
	if n.Leads() {
		return "primary"
	}
	return "secondary"
}

// SetReadOnly sets whether writes are refused with READONLY. When SetReadOnly(true) returns, every acknowledged write is in
// the store and was passed to Options.Effects, and no other write follows, so that the end of the log is final. It may block
// for the duration of one command. Calls must not overlap, and must not come from a goroutine that runs sessions.
func (n *Node) SetReadOnly(readOnly bool) {
	n.refusing.Lock()
	n.readOnly = readOnly
	n.judgeWrites()
	n.refusing.Unlock()
	if !readOnly {
		n.wakeOwnerWaits()
		return
	}
	n.mu.Lock()
	loops := slices.Clone(n.loops)
	n.mu.Unlock()
	for _, l := range loops {
		l.gate.await()
	}
}

// SetUnbacked sets whether writes are refused with NOREPLICAS, because too few secondaries are in step. It does not block.
// Any goroutine may call it.
func (n *Node) SetUnbacked(unbacked bool) {
	n.refusing.Lock()
	defer n.refusing.Unlock()
	n.unbacked = unbacked
	n.judgeWrites()
}

// refusal is the error for a refused write, in the words of Redis.
func (n *Node) refusal() reply.Error {
	n.refusing.Lock()
	defer n.refusing.Unlock()
	if n.unbacked && !n.readOnly && !n.lapsed {
		return reply.Error{Code: reply.NoReplicas, Text: "Not enough good replicas to write."}
	}
	return reply.Error{Code: reply.ReadOnly, Text: "You can't write against a read only replica."}
}

// writeGate shows SetReadOnly whether a loop may still execute a write that was allowed before. A loop enters the gate before
// it reads Node.refuse, and leaves it at the end of its run. Only nodes that replicate use it.
type writeGate struct {
	inside bool          // for the loop alone, like fresh
	fresh  bool          // the last call of enter has entered
	passes atomic.Uint64 // counts entries and exits: odd while inside
}

// enter must be called on the loop's goroutine.
func (g *writeGate) enter(n *Node) {
	if g.fresh = !g.inside && n.Replication != nil; g.fresh {
		g.inside = true
		g.passes.Add(1)
	}
}

// spare leaves the gate if the present command, with these preconditions, has entered it and is not executed after all: a run
// without an executed write has nothing for withhold to drop.
func (g *writeGate) spare(needs uint32) {
	if g.fresh && needs&NeedsWrite != 0 {
		g.leave()
	}
}

func (g *writeGate) leave() {
	if g.inside {
		g.inside = false
		g.passes.Add(1)
	}
}

// gatePoll is the interval between await's looks at passes.
const gatePoll = 50 * time.Microsecond

// await returns once the loop has left any run that was inside the gate at the call.
func (g *writeGate) await() {
	for seen := g.passes.Load(); seen%2 == 1 && g.passes.Load() == seen; {
		time.Sleep(gatePoll)
	}
}

// unmet are the preconditions of cmd that the node or the client does not meet. It is small enough to be inlined.
func (s *Session) unmet(l *Loop, cmd *Handler) uint32 {
	needs := cmd.needs.Load()
	if needs&NeedsWrite != 0 {
		l.gate.enter(s.n) // before refuse is read: see writeGate
	}
	return (s.n.refuse.Load() | s.denied) & needs
}
