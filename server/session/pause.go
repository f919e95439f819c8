package session

import (
	"sync"
	"time"
)

// pauses has the sessions whose next request waits for a change of the node, and is then decoded again. The zero value has
// none.
type pauses struct {
	mu      sync.Mutex
	waiting map[*pause]struct{}
	ended   bool // no session may wait any more
}

// pause is a session that waits. It is a Wait.
type pause struct {
	of    *pauses
	wake  func()
	timer *time.Timer // ends the pause; nil: nothing but the change does
	late  bool        // the timer has ended it; guarded by of.mu
}

// heldBack is the progress of a command that waits; the command will be decoded again.
const heldBack = -1

// pause makes the command wait, at most for most; 0: for any time. REQUIRES: p.mu is held, and ConnInfo.Wake is set.
func (c *Call) pause(p *pauses, most time.Duration) {
	w := &pause{of: p, wake: c.Session.info.Wake}
	if p.waiting == nil {
		p.waiting = map[*pause]struct{}{}
	}
	p.waiting[w] = struct{}{}
	if most > 0 {
		w.timer = time.AfterFunc(most, w.expire)
	}
	c.Session.progress = heldBack
	c.Await(w)
}

// again has the command decoded and decided again at once, since what decided it has changed.
func (c *Call) again() {
	c.Session.progress = heldBack
	c.Await(&pause{of: new(pauses)})
}

// take returns the waiting sessions, which wait no longer; each must then be woken. REQUIRES: p.mu is held.
func (p *pauses) take() map[*pause]struct{} {
	woken := p.waiting
	p.waiting = nil
	return woken
}

// EndPauses ends all waits for a change of the node, and lets none begin: the node is about to stop, and the requests that
// wait are decided by its present state. Any goroutine may call it.
func (n *Node) EndPauses() {
	for _, p := range []*pauses{&n.holder.pauses, &n.ownerWaits} {
		p.mu.Lock()
		p.ended = true
		woken := p.take()
		p.mu.Unlock()
		wakeAll(woken)
	}
}

// wakeAll wakes sessions that wait no longer. REQUIRES: the lock of their pauses is not held.
func wakeAll(woken map[*pause]struct{}) {
	for w := range woken {
		w.wake()
	}
}

// leave ends the pause, and reports whether the session still waited. REQUIRES: of.mu is held.
func (w *pause) leave() (waited bool) {
	_, waited = w.of.waiting[w]
	delete(w.of.waiting, w)
	return waited
}

// expire ends the pause without the change.
func (w *pause) expire() {
	w.of.mu.Lock()
	w.late = w.leave()
	late := w.late
	w.of.mu.Unlock()
	if late {
		w.wake()
	}
}

// Over implements Wait.
func (w *pause) Over(c *Call) bool {
	w.of.mu.Lock()
	defer w.of.mu.Unlock()
	if _, waits := w.of.waiting[w]; waits {
		return false
	}
	w.stop()
	c.Session.progress = 0
	c.Session.outwaited = w.late
	return true
}

// End implements Wait.
func (w *pause) End() {
	w.stop()
	w.of.mu.Lock()
	defer w.of.mu.Unlock()
	w.leave()
}

func (w *pause) stop() {
	if w.timer != nil {
		w.timer.Stop()
	}
}
