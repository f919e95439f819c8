package replica

import (
	"fmt"
	"slices"
	"time"
)

// waiter waits until n secondaries, with a certain one among them if of is set, have everything before offset.
type waiter struct {
	offset uint64
	n      int
	of     *Link // nil: any
	done   func()
}

// met reports whether the wait of w is over. It does not wait for a secondary that has refused this primary.
func (w *waiter) met(p *Primary) bool {
	if l := w.of; l != nil && !l.has(w.offset) {
		return l.refusedUs.Load()
	}
	return p.Acked(w.offset) >= w.n
}

// has reports whether the secondary is in step and has everything before offset.
func (l *Link) has(offset uint64) bool { return l.inStep.Load() && l.acked.Load() >= offset }

// Offset returns the offset after everything logged so far.
func (p *Primary) Offset() uint64 { return p.opts.Log.Merge() }

// Acked counts the secondaries that are in step and have everything before offset.
func (p *Primary) Acked(offset uint64) (n int) {
	for _, l := range p.Links() {
		if l.has(offset) {
			n++
		}
	}
	return n
}

// Wait calls done, once and from any goroutine, when n secondaries have everything
// before offset or the primary's term is over. cancel withdraws the call.
func (p *Primary) Wait(offset uint64, n int, done func()) (cancel func()) {
	return p.wait(&waiter{offset: offset, n: n, done: done})
}

// waitForSuccessor is Wait for the secondary called id together with all secondaries in step. It does not wait for a
// successor that is not a secondary (link is nil then), nor for one that refuses this primary.
func (p *Primary) waitForSuccessor(id string, done func()) (link *Link, offset uint64, cancel func()) {
	w := &waiter{offset: p.Offset(), n: p.Acked(0), done: done}
	for _, l := range p.Links() {
		if l.id == id {
			w.of = l
			l.refusedUs.Store(false)
		}
	}
	return w.of, w.offset, p.wait(w)
}

func (p *Primary) wait(w *waiter) (cancel func()) {
	p.mu.Lock()
	if p.phase == phaseRetired {
		p.mu.Unlock()
		w.done()
		return func() {}
	}
	p.waiters = append(p.waiters, w)
	p.waiting.Store(int64(len(p.waiters)))
	p.mu.Unlock()
	p.acks()
	p.wakeAll()
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.waiters = slices.DeleteFunc(p.waiters, func(x *waiter) bool { return x == w })
		p.waiting.Store(int64(len(p.waiters)))
	}
}

// acks calls the waiters whose condition is met.
func (p *Primary) acks() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.waiters = slices.DeleteFunc(p.waiters, func(w *waiter) bool {
		met := w.met(p)
		if met {
			w.done()
		}
		return met
	})
	p.waiting.Store(int64(len(p.waiters)))
}

// Pause stops sending to a secondary, or to all if id is empty, except heartbeats.
// It fails if there is no such secondary.
func (p *Primary) Pause(id string) error { return p.setPaused(id, true) }

// Resume resumes what Pause stopped.
func (p *Primary) Resume(id string) error { return p.setPaused(id, false) }

func (p *Primary) setPaused(id string, paused bool) error {
	found := id == ""
	for _, l := range p.Links() {
		if id == "" || l.id == id {
			found = true
			l.paused.Store(paused)
			l.wake()
		}
	}
	if !found {
		return fmt.Errorf("no secondary has id %q; known: %v", id, p.ids())
	}
	return nil
}

// Knock is called when a secondary without a stream says that it is up: it is dialed at once instead of at the next
// attempt. It fails if this primary has no such secondary.
func (p *Primary) Knock(group, id string) error {
	if group != p.group() {
		return fmt.Errorf("this node belongs to group %s, not %s; give both nodes the same config", p.group(), group)
	}
	for _, l := range p.Links() {
		if l.id == id {
			l.knock()
			return nil
		}
	}
	return fmt.Errorf("no secondary has id %q; known: %v", id, p.ids())
}

// Refuse answers REPLICA STREAM at a primary.
func (p *Primary) Refuse(now time.Duration, peer string) (answer string, err error) {
	err = fmt.Errorf("this node, %s, is itself a primary; check the config of the node that connects", p.opts.ID)
	return p.refused.refuse(now, p.log, peer, err), err
}
