package node

import (
	"sync"
	"time"
)

// releaseAfter bounds the time for which the writes that waited for a hand-over wait for the new primary.
const releaseAfter = 500 * time.Millisecond

// heldWrites are the writes that wait while the node hands its group over. Clients of Redis Cluster are then redirected to
// the new primary, which must lead by then: otherwise it would redirect them back, and they would give up after a few times.
// So while there are any, these writes wait until the new primary has opened its stream.
type heldWrites struct {
	set   func(held bool) // session.Node.SetHeld
	limit time.Duration   // of the wait for the new primary

	mu      sync.Mutex
	held    bool // the node hands over
	pending bool // it has handed over
}

// hold makes writes wait.
func (h *heldWrites) hold() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.held, h.pending = true, false
	h.set(true)
}

// end ends the wait: at once or, if the new primary is to lead first, when release is called, at the latest after limit.
func (h *heldWrites) end(leadsFirst bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case leadsFirst && h.pending:
	case leadsFirst && h.held:
		h.pending = true
		time.AfterFunc(h.limit, h.release)
	default:
		h.pending = false
		h.set(false)
	}
	h.held = false
}

// release ends the wait for the new primary, if there is one.
func (h *heldWrites) release() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.pending {
		h.pending = false
		h.set(false)
	}
}
