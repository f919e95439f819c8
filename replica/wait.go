package replica

import (
	"fmt"
	"slices"
	"time"
)

// Offset is the offset after everything logged so far.
func (p *Primary) Offset() uint64 { return p.opts.Log.Merge() }

// Acked is how many secondaries are in step and have everything before offset.
func (p *Primary) Acked(offset uint64) (n int) {
	for _, l := range p.Links() {
		if l.has(offset) {
			n++
		}
	}
	return n
}

// Wait calls done, once and from any goroutine, when n secondaries have everything
// before offset, or the primary has retired. The function it returns takes that back.
func (p *Primary) Wait(offset uint64, n int, done func()) (cancel func()) {
	return p.wait(&waiter{offset: offset, n: n, done: done})
}

// waitForSuccessor is Wait for the secondary called id, and for the others that are in step. One that there is not, or
// that refuses this primary, is not waited for. link is nil when there is none.
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

// acks calls those who have waited long enough.
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

// Pause stops what is sent to a secondary, or to all when id is empty, but for
// heartbeats; Resume goes on. The error says that there is no such secondary.
func (p *Primary) Pause(id string) error { return p.setPaused(id, true) }

// Resume undoes Pause.
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

// Knock notes that a secondary says it is there and has no stream: it is dialed at once instead of when the
// next attempt is due. The error says that it is none of this primary's.
func (p *Primary) Knock(group, id string) error {
	if group != p.opts.Group {
		return fmt.Errorf("this node belongs to group %s, not %s; give both nodes the same config", p.opts.Group, group)
	}
	for _, l := range p.Links() {
		if l.id == id {
			l.knock()
			return nil
		}
	}
	return fmt.Errorf("no secondary has id %q; known: %v", id, p.ids())
}

// Refuse answers a stream that somebody opens to a primary.
func (p *Primary) Refuse(now time.Duration, peer string) (answer string, err error) {
	err = fmt.Errorf("this node, %s, is itself a primary; check the config of the node that connects", p.opts.ID)
	return p.refused.refuse(now, p.log, peer, err), err
}
