package replica

import (
	"time"

	"github.com/cachegopher/cachegopher/internal/wire"
)

// retire ends the primary's term. REQUIRES: nothing is logged any more, or it does not serve. After it returns the links
// neither touch the store nor send, and their driver closes the connections. All waiters are called.
func (p *Primary) retire(h *held) Counts {
	p.mu.Lock()
	serving := p.phase == phaseServing
	p.phase, p.donor = phaseRetired, nil
	p.retired.Store(true) // before the waiters are called: they ask Member.Acked
	h.maxDate = max(h.maxDate, p.maxDate, p.history.Date)
	if p.own == nil {
		h.pos, h.peers = Position{}, nil // an unfinished recovery has brought only a part
	}
	if serving {
		h.pos = Position{History: p.history, Offset: p.opts.Log.Merge(), Complete: true}
		h.peers = p.everInStep()
		h.line, h.start = p.line, p.start
	}
	waiters := p.waiters
	p.waiters = nil
	p.waiting.Store(0)
	counts := p.count
	p.mu.Unlock()
	for _, l := range p.Links() {
		l.retire()
	}
	for _, w := range waiters {
		w.done()
	}
	return counts
}

// retire ends the link for good.
func (l *Link) retire() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.endSync()
	l.state, l.broken = linkRetired, nil
	l.setInStep(false)
	l.in, l.out, l.sender = nil, nil, sender{}
	l.wake()
}

// retire ends the secondary's term and closes the connection from its primary. After it returns the stream does not touch
// the store.
func (s *Secondary) retire(now time.Duration, h *held) SecondaryCounts {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.retired = true
	if old := s.cur; old != nil {
		s.detach(now, old)
		old.kill()
	}
	h.pos, h.mixed = s.pos, s.mixed
	h.peers, h.line = nil, nil
	if s.pos.Complete {
		h.peers, h.line = s.peers, s.line
	}
	h.maxDate = max(h.maxDate, s.pos.Date)
	return s.count
}

// resume says what the store holds. REQUIRES: no stream has been opened.
func (s *Secondary) resume(h held) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pos, s.peers, s.mixed, s.line = h.pos, h.peers, h.mixed, h.line
}

// serveAtOnce lets a secondary with all of its group's data serve without waiting for its primary, as in the term before.
func (s *Secondary) serveAtOnce() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.step()
}

// follows reports whether the secondary follows this primary already.
func (s *Secondary) follows(group, primary string) bool {
	return s.opts.Group == group && s.opts.Primary == primary
}

// changing returns the error reply to a peer that connects while the member changes its role. The peer may try again at once.
func changing() string { return string(wire.Error(nil, changingWord+" ", errRoleChanges.Error())) }

const changingWord = "CHANGING"
