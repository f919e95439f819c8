package session

import (
	"sync/atomic"
	"time"
)

// fence is until when the node may acknowledge writes, as nanoseconds since Node.start; 0: there is no such time. Loops
// look at it once a run.
type fence struct{ until atomic.Int64 }

// SetFence says until when the node may acknowledge writes. From then on they are refused with READONLY, until a later
// time is set. One that was executed before, and would be acknowledged after, closes its connection: the client does
// not know what became of it. Zero: for as long as the node is not read-only. Any goroutine may call it.
func (n *Node) SetFence(until time.Time) {
	at := int64(0)
	if !until.IsZero() {
		at = max(int64(until.Sub(n.start)), 1)
	}
	n.fence.until.Store(at)
	n.refusing.Lock()
	defer n.refusing.Unlock()
	n.lapsed = false
	n.judgeWrites()
}

// fenced reports whether the time of the fence is over.
func (n *Node) fenced() bool {
	until := n.fence.until.Load()
	return until != 0 && int64(time.Since(n.start)) >= until
}

// TakesWrites reports whether the node would execute a write now. Any goroutine may call it.
func (n *Node) TakesWrites() bool {
	return n.refuse.Load()&(NeedsWrite|NeedsData) == 0 && !n.fenced()
}

// lapse refuses writes if the fence's time is over, and reports whether it is.
func (n *Node) lapse() bool {
	n.refusing.Lock()
	defer n.refusing.Unlock()
	n.lapsed = n.fenced() // somebody may have set another time meanwhile
	n.judgeWrites()
	return n.lapsed
}

// judgeWrites brings Node.refuse up to date with why writes are refused. REQUIRES refusing.
func (n *Node) judgeWrites() {
	if n.readOnly || n.lapsed || n.unbacked {
		n.refuse.Or(NeedsWrite)
	} else {
		n.refuse.And(^NeedsWrite)
	}
}

// withhold takes back what a run has appended to out since began, if it has executed writes after the fence's time
// was over: nobody may be told that these are stored.
func (s *Session) withhold(l *Loop, out []byte, began int) []byte {
	if !l.gate.inside || !s.n.fenced() {
		return out
	}
	s.closing, s.reason = true, "a write was executed too late for this node to acknowledge it: it may not lead its group any more"
	return out[:began]
}
