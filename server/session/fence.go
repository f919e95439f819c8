package session

import (
	"sync/atomic"
	"time"
)

// fence holds the time until which the node may acknowledge writes, in nanoseconds since Node.start; 0: no limit. Loops read
// it once a run.
type fence struct{ until atomic.Int64 }

// SetFence sets the time until which the node may acknowledge writes; zero: no limit. After it, writes are refused with
// READONLY until a later time is set. A connection with a write executed before that time but not yet acknowledged is closed
// without a reply, so that the client does not know the outcome. Any goroutine may call SetFence.
func (n *Node) SetFence(until time.Time) {
	at := int64(0)
	if !until.IsZero() {
		at = max(int64(until.Sub(n.start)), 1)
	}
	n.fence.until.Store(at)
	n.refusing.Lock()
	defer n.refusing.Unlock()
	n.lapsed = n.fenced() // an expired time must not allow writes to a run that has found the previous one expired
	n.judgeWrites()
}

// fenced reports whether the fence's time has expired.
func (n *Node) fenced() bool {
	until := n.fence.until.Load()
	return until != 0 && int64(time.Since(n.start)) >= until
}

// TakesWrites reports whether the node would execute a write now. Any goroutine may call it.
func (n *Node) TakesWrites() bool {
	return n.refuse.Load()&(NeedsWrite|NeedsData) == 0 && !n.fenced()
}

// lapse refuses writes if the fence's time has expired, and reports whether it has.
func (n *Node) lapse() bool {
	n.refusing.Lock()
	defer n.refusing.Unlock()
	n.lapsed = n.fenced() // SetFence may have been called meanwhile
	n.judgeWrites()
	return n.lapsed
}

// judgeWrites sets or clears NeedsWrite in Node.refuse by the reasons to refuse writes. REQUIRES: n.refusing is held.
func (n *Node) judgeWrites() {
	if n.readOnly || n.lapsed || n.unbacked {
		n.refuse.Or(NeedsWrite)
	} else {
		n.refuse.And(^NeedsWrite)
	}
}

// withhold drops the replies appended to out since began and closes the connection, if the run has entered the write gate and
// the fence's time has expired: these writes must not be acknowledged.
func (s *Session) withhold(l *Loop, out []byte, began int) []byte {
	if !l.gate.inside || !s.n.fenced() {
		return out
	}
	s.closing, s.reason = true, "a write was executed too late for this node to acknowledge it: it may not lead its group any more"
	return out[:began]
}
