package replica

import "time"

// Fence says until when this node may acknowledge writes, by Elapsed: until then nobody else leads its group. 0: for as long
// as it leads. It never waits.
func (m *Member) Fence(until time.Duration) {
	m.fence.Store(int64(until))
	if m.opts.Fenced != nil {
		m.opts.Fenced(until)
	}
}

// Elapsed is the clock of Fence and Following. It goes on while the process is stopped.
func (m *Member) Elapsed() time.Duration { return m.opts.Elapsed() }

// FencePassed reports whether the time of Fence is over.
func (m *Member) FencePassed() bool {
	until := time.Duration(m.fence.Load())
	return until != 0 && m.opts.Elapsed() >= until
}

// Following is how many of the primary's secondaries, of all, have confirmed that they follow it in this epoch, in answer
// to something that was sent to them at since or later, by Elapsed. It is 0 of 0 at a secondary.
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

// Lost is how many records this node has acknowledged as a primary that the group does not have: another one led on
// without them.
func (m *Member) Lost() int64 { return m.lost.Load() }
