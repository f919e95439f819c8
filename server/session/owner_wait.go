package session

import (
	"sync"
	"time"
)

// suspendedFor bounds how long a request waits to learn who owns a suspended slot. Many clients give up sooner if they are
// told TRYAGAIN, or do not try again at all.
const suspendedFor = time.Second

// ownerWaits has the sessions that wait until SetCluster says who owns a slot. The zero value has none.
type ownerWaits struct {
	mu      sync.Mutex
	waiting map[*ownerWait]struct{}
}

// wake ends all waits: the requests are decoded again.
func (o *ownerWaits) wake() {
	o.mu.Lock()
	woken := o.waiting
	o.waiting = nil
	o.mu.Unlock()
	for w := range woken {
		w.timer.Stop()
		w.woken()
	}
}

// ownerWait is a session that waits to learn the owner of a slot. It is a Wait.
type ownerWait struct {
	of    *ownerWaits
	woken func()
	timer *time.Timer
	late  bool // its time is over; guarded by of.mu
}

// awaitOwner makes the command wait until the slots have other owners, or for suspendedFor, and reports whether it waits. It does
// so once. A client that routes itself shares its connection among requests for many slots, so it is told at once.
func (c *Call) awaitOwner() bool {
	s, o := c.Session, &c.Node.ownerWaits
	if s.routes || s.info.Wake == nil || s.outwaited {
		s.outwaited = false
		return false
	}
	w := &ownerWait{of: o, woken: s.info.Wake}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.waiting == nil {
		o.waiting = map[*ownerWait]struct{}{}
	}
	o.waiting[w] = struct{}{}
	w.timer = time.AfterFunc(suspendedFor, w.expire)
	s.progress = heldBack
	c.Await(w)
	return true
}

// expire ends the wait without news.
func (w *ownerWait) expire() {
	w.of.mu.Lock()
	_, waits := w.of.waiting[w]
	delete(w.of.waiting, w)
	w.late = waits
	w.of.mu.Unlock()
	if waits {
		w.woken()
	}
}

// Over implements Wait.
func (w *ownerWait) Over(c *Call) bool {
	w.of.mu.Lock()
	defer w.of.mu.Unlock()
	if _, waits := w.of.waiting[w]; waits {
		return false
	}
	c.Session.progress = 0
	c.Session.outwaited = w.late
	return true
}

// End implements Wait.
func (w *ownerWait) End() {
	w.timer.Stop()
	w.of.mu.Lock()
	defer w.of.mu.Unlock()
	delete(w.of.waiting, w)
}
