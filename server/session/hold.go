package session

import "sync"

// holder has the sessions with a write that waits. The zero value makes no write wait.
type holder struct {
	mu      sync.Mutex
	holds   bool
	waiting map[*hold]struct{}
}

// SetHeld sets whether writes wait, instead of being refused, while the node is read-only: see SetReadOnly. A connection
// with a waiting write executes nothing else. After SetHeld(false) the waiting writes are tried again, and may be refused.
// Any goroutine may call it.
func (n *Node) SetHeld(held bool) {
	h := &n.holder
	h.mu.Lock()
	h.holds = held
	var woken map[*hold]struct{}
	if !held {
		woken, h.waiting = h.waiting, nil
	}
	h.mu.Unlock()
	for w := range woken {
		w.wake()
	}
}

// Held returns the number of sessions that wait to write.
func (n *Node) Held() int {
	n.holder.mu.Lock()
	defer n.holder.mu.Unlock()
	return len(n.holder.waiting)
}

// hold is a session that waits to write. It is a Wait.
type hold struct {
	n    *Node
	wake func()
}

// heldBack is the progress of a command that waits to write; the command will be decoded again.
const heldBack = -1

// holdBack makes the command wait if the node holds writes, and reports whether it waits.
func (c *Call) holdBack() bool {
	h, s := &c.Node.holder, c.Session
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.holds || s.info.Wake == nil {
		return false
	}
	w := &hold{c.Node, s.info.Wake}
	if h.waiting == nil {
		h.waiting = map[*hold]struct{}{}
	}
	h.waiting[w] = struct{}{}
	s.progress = heldBack
	c.Await(w)
	return true
}

// Over implements Wait.
func (w *hold) Over(c *Call) bool {
	h := &w.n.holder
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, waits := h.waiting[w]; waits {
		return false
	}
	c.Session.progress = 0
	return true
}

// End implements Wait.
func (w *hold) End() {
	w.n.holder.mu.Lock()
	defer w.n.holder.mu.Unlock()
	delete(w.n.holder.waiting, w)
}
