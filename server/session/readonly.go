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
// the store and was passed to Options.Effects, and no other write follows: a node that stops being the primary then reads
// the end of its log. It may wait as long as one command takes. Any goroutine but one that runs sessions may call it; calls
// must not overlap.
func (n *Node) SetReadOnly(readOnly bool) {
	n.refusing.Lock()
	n.readOnly = readOnly
	n.judgeWrites()
	n.refusing.Unlock()
	if !readOnly {
		return
	}
	n.mu.Lock()
	loops := slices.Clone(n.loops)
	n.mu.Unlock()
	for _, l := range loops {
		l.gate.await()
	}
}

// SetUnbacked sets whether writes are refused with NOREPLICAS because too few secondaries are in step. It does not block. Any
// goroutine may call it.
func (n *Node) SetUnbacked(unbacked bool) {
	n.refusing.Lock()
	defer n.refusing.Unlock()
	n.unbacked = unbacked
	n.judgeWrites()
}

// refusal is the error for a write that is refused, in the words of Redis.
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
	inside bool          // for the loop alone
	passes atomic.Uint64 // counts entries and exits: odd while inside
}

// enter REQUIRES that the loop's goroutine calls it.
func (g *writeGate) enter(n *Node) {
	if !g.inside && n.Replication != nil {
		g.inside = true
		g.passes.Add(1)
	}
}

func (g *writeGate) leave() {
	if g.inside {
		g.inside = false
		g.passes.Add(1)
	}
}

// gatePoll is the interval at which await reads passes.
const gatePoll = 50 * time.Microsecond

// await returns when the loop is not within a write that it began before the call.
func (g *writeGate) await() {
	for seen := g.passes.Load(); seen%2 == 1 && g.passes.Load() == seen; {
		time.Sleep(gatePoll)
	}
}

// unmet are the preconditions of cmd that its node or its client does not meet.
func (s *Session) unmet(l *Loop, cmd *Handler) uint32 {
	needs := cmd.needs.Load()
	if needs&NeedsWrite != 0 {
		l.gate.enter(s.n) // first: see SetReadOnly
	}
	return (s.n.refuse.Load() | s.denied) & needs
}
