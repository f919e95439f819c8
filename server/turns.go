package server

import (
	"slices"
	"sync"
)

// turns runs the sessions that no event loop runs: those of drains and of connections with TLS. Scratch space is large
// and never ends, so that only those who compute have one: not those who wait for a client to read, of which there may
// be thousands.
type turns struct {
	new     func() scratch
	ready   chan struct{} // has an element for each that has a buffer and computes or is about to
	running chan struct{} // has an element for each that computes
	buffers sync.Pool     // of *[]byte, each with room for fullReplies

	mu   sync.Mutex
	idle []scratch // guarded by mu
}

// fullReplies is the room for the replies of a turn, and for the largest that may follow when it has nearly as many
// as it may. Nothing is allocated while others wait for their turn: whoever allocates may have to help the collector
// first, and everybody would wait for that.
const fullReplies = runLimit + 72<<10

// readyEach is how many have a buffer for each that computes: enough for some to be helping the collector, and so few
// that what they have need not count with client_buffers.
const readyEach = 8

// newTurns lets so many sessions run at a time.
func newTurns(most int, scratch func() scratch) *turns {
	return &turns{new: scratch, ready: make(chan struct{}, readyEach*most), running: make(chan struct{}, most)}
}

// run is sess.Run with a scratch space and a buffer for the replies, which the caller has until it gives them to done.
func (t *turns) run(sess handler, in []byte, limit int) (used int, replies []byte) {
	t.ready <- struct{}{}
	defer func() { <-t.ready }()
	full, _ := t.buffers.Get().(*[]byte)
	if full == nil {
		b := make([]byte, 0, fullReplies)
		full = &b
	}
	used, replies = t.compute(sess, in, (*full)[:0], limit)
	if cap(replies) <= 2*len(replies)+minBuffer {
		return used, replies
	}
	// Few replies do not hold, and are not charged for, the room that many would take: where all connections keep as
	// much, any of them may be closed for the sake of client_buffers.
	few := slices.Clone(replies)
	t.done(replies)
	return used, few
}

func (t *turns) compute(sess handler, in, out []byte, limit int) (used int, replies []byte) {
	t.running <- struct{}{}
	defer func() { <-t.running }()
	s := t.borrow()
	defer t.giveBack(s)
	return sess.Run(s, in, out, limit)
}

// done takes back replies that were sent.
func (t *turns) done(replies []byte) {
	if cap(replies) >= fullReplies {
		t.buffers.Put(&replies)
	}
}

func (t *turns) borrow() scratch {
	t.mu.Lock()
	defer t.mu.Unlock()
	if last := len(t.idle) - 1; last >= 0 {
		s := t.idle[last]
		t.idle = t.idle[:last]
		return s
	}
	return t.new()
}

func (t *turns) giveBack(s scratch) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.idle = append(t.idle, s)
}
