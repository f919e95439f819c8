package replica

import (
	"context"
	"net"
	"sync"
	"time"
)

// Dial connects to the node called id.
type Dial func(ctx context.Context, id string) (net.Conn, error)

// tickEvery is how often a member looks for the end of a change of role; restEvery is how often it ticks at least. An idle
// process pays for each tick with many system calls of Go's scheduler. Ticks also keep the member's Clock running, which
// takes a pause of gapFrom for a stop of the process, so restEvery is well below that.
const (
	tickEvery = 100 * time.Millisecond
	restEvery = 200 * time.Millisecond
)

// Run drives the member in all its roles until ctx is done. After that Lead and Follow return ErrStopped.
func (m *Member) Run(ctx context.Context, dial Dial) {
	defer m.stop()
	m.mu.Lock()
	m.dial = dial
	m.mu.Unlock()
	m.driven.Store(true)
	var all sync.WaitGroup
	defer all.Wait()
	for ctx.Err() == nil {
		t := m.now.Load()
		own, end := context.WithCancel(ctx)
		if t.primary != nil {
			runner := Runner{Primary: t.primary, Dial: dial, Clock: m.opts.Now}
			all.Go(func() { runner.Run(own) })
		}
		m.attend(own, t, dial, &all)
		end() // goroutines of the term that still run change nothing any more: see retire
	}
}

// attend ticks, and knocks where needed, until the term t is over or ctx is done.
func (m *Member) attend(ctx context.Context, t *term, dial Dial, all *sync.WaitGroup) {
	tick := time.NewTimer(tickEvery)
	defer tick.Stop()
	var serving, ready <-chan struct{}
	switch {
	case t.primary != nil:
		serving = t.primary.Serving()
	case t.secondary != nil:
		serving, ready = t.secondary.Serving(), t.secondary.Ready()
	}
	knocks := make(chan struct{}, 1) // one knock at a time
	for ctx.Err() == nil {
		now := m.opts.Now() // also in a primary, whose clock would otherwise take idleness for a stop of the process
		m.Step()
		if m.now.Load() != t {
			return
		}
		if s := t.secondary; s != nil && s.Tick(now) {
			select {
			case knocks <- struct{}{}:
				all.Go(func() {
					m.knock(ctx, dial, s)
					<-knocks
				})
			default:
			}
		}
		tick.Reset(m.rest(now, t.secondary))
		select {
		case <-tick.C:
		case <-m.woken:
		case <-serving:
			serving = nil
		case <-ready:
			ready = nil
		case <-ctx.Done():
		}
	}
}

// rest returns how long attend may wait if nothing wakes it. s is nil in a primary.
func (m *Member) rest(now time.Duration, s *Secondary) time.Duration {
	m.mu.Lock()
	changing := m.hand != nil || m.next != nil
	m.mu.Unlock()
	wait := restEvery
	if changing {
		wait = tickEvery
	}
	if s != nil {
		wait = min(wait, max(s.due()-now, 0)+time.Millisecond)
	}
	return wait
}

// knockTimeout bounds an attempt to knock.
const knockTimeout = 2 * time.Second

// knock tells the primary of s that this node is there, and in which epoch the primary leads. It logs no failures: the lines
// about streams show an absent primary, and a primary that does not know this node logs that itself.
func (m *Member) knock(ctx context.Context, dial Dial, s *Secondary) {
	ctx, cancel := context.WithTimeout(ctx, knockTimeout)
	defer cancel()
	answer, err := request(ctx, dial, s.opts.Primary, m.knocking(s)...)
	if err == nil {
		m.KnockAnswered(answer)
	}
}
