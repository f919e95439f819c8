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

// Following describes the secondaries of a primary.
type Following struct {
	All       int // number of secondaries
	Connected int // those that have a stream
	Confirm   int // those that have confirmed that they follow this primary in its epoch
}

// Following counts the secondaries. One confirms if it has answered a heartbeat sent at since or later, by Elapsed. At a
// secondary all counts are 0.
func (m *Member) Following(since time.Duration) (f Following) {
	p, _ := m.Part()
	if p == nil {
		return f
	}
	for _, l := range p.Links() {
		connected, confirms := l.followsSince(since)
		f.All++
		if connected {
			f.Connected++
		}
		if confirms {
			f.Confirm++
		}
	}
	return f
}

// Confirm sets whether this node, as a secondary, confirms to its primary that it follows. If it does not, it still applies
// what the primary sends. Default: true. It never blocks.
func (m *Member) Confirm(is bool) { m.renounces.Store(!is) }
