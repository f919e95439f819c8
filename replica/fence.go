package replica

import "time"

// Fence sets the time, by Elapsed, until which this node may acknowledge writes: until then no other node leads its group.
// 0: for as long as it leads. It never blocks.
func (m *Member) Fence(until time.Duration) {
	m.fence.Store(int64(until))
	if m.opts.Fenced != nil {
		m.opts.Fenced(until)
	}
}

// Elapsed reads the clock of Fence and Following, which advances while the process is stopped.
func (m *Member) Elapsed() time.Duration { return m.opts.Elapsed() }

// FencePassed reports whether the time of Fence is over.
func (m *Member) FencePassed() bool {
	until := time.Duration(m.fence.Load())
	return until != 0 && m.opts.Elapsed() >= until
}

// Following returns the number of secondaries, all, and of those among them, n, that have confirmed that they follow this
// primary in its epoch, in answer to a heartbeat sent at since or later, by Elapsed. At a secondary both are 0.
func (m *Member) Following(since time.Duration) (n, all int) {
	p, _ := m.Part()
	if p == nil {
		return 0, 0
	}
	for _, l := range p.Links() {
		all++
		if l.followsSince(since) {
			n++
		}
	}
	return n, all
}

// Lost returns the number of records that this node acknowledged as a primary and its successor did not have.
func (m *Member) Lost() int64 { return m.lost.Load() }
