package session

// holder has the sessions with a write that waits. The zero value makes no write wait.
type holder struct {
	pauses
	holds bool // guarded by mu
}

// SetHeld sets whether writes wait, instead of being refused, while the node is read-only: see SetReadOnly. A connection
// with a waiting write executes nothing else. After SetHeld(false) the waiting writes are tried again, and may be refused.
// Any goroutine may call it.
func (n *Node) SetHeld(held bool) {
	h := &n.holder
	h.mu.Lock()
	h.holds = held
	var woken map[*pause]struct{}
	if !held {
		woken = h.take()
	}
	h.mu.Unlock()
	wakeAll(woken)
}

// Held returns the number of sessions that wait to write.
func (n *Node) Held() int {
	n.holder.mu.Lock()
	defer n.holder.mu.Unlock()
	return len(n.holder.waiting)
}

// holdBack makes the command wait if the node holds writes, and reports whether it waits.
func (c *Call) holdBack() bool {
	h := &c.Node.holder
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.holds || h.ended || c.Session.info.Wake == nil {
		return false
	}
	c.pause(&h.pauses, 0)
	return true
}
