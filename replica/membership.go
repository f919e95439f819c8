package replica

import (
	"errors"
	"slices"

	"go.uber.org/zap"
)

// ErrRecovering is returned by a primary that does not serve yet: its recovery depends on the secondaries it began with.
var ErrRecovering = errors.New("the primary is recovering")

// errMoved ends the connection to a secondary whose address has changed.
var errMoved = errors.New("its address has changed")

// Links returns the current links, in the order in which the secondaries were given. The slice is immutable:
// SetSecondaries replaces it.
func (p *Primary) Links() []*Link { return *p.list.Load() }

// Changed has an element if Links may have changed since the last receive. It is for a single receiver.
func (p *Primary) Changed() <-chan struct{} { return p.changed }

// ids returns the ids of the secondaries.
func (p *Primary) ids() (ids []string) {
	for _, l := range p.Links() {
		ids = append(ids, l.id)
	}
	return ids
}

// SetSecondaries makes ids the secondaries from now on. It begins a link to each new one, ends links to those that are
// gone, and leaves the others undisturbed. While the primary recovers it changes nothing, and returns ErrRecovering
// unless ids are its present secondaries.
func (p *Primary) SetSecondaries(ids []string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	old := p.Links()
	if same(ids, p.ids()) {
		return nil
	}
	if p.phase != phaseServing {
		return ErrRecovering
	}
	links := make([]*Link, 0, len(ids))
	for _, id := range ids {
		if i := slices.IndexFunc(old, func(l *Link) bool { return l.id == id }); i >= 0 {
			links = append(links, old[i])
			continue
		}
		links = append(links, newLink(p, id))
		p.log.Info("replication: added a secondary", zap.String("secondary", id))
	}
	for _, l := range old {
		if !slices.Contains(links, l) {
			p.log.Info("replication: removed a secondary", zap.String("secondary", l.id))
		}
	}
	p.list.Store(&links)
	select {
	case p.changed <- struct{}{}:
	default:
	}
	return nil
}

// same reports whether a and b hold the same ids, in any order.
func same(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

// Reconnect dials the secondary called id again because its address has changed. A recovering primary forgets what the
// old address answered: the secondary may have the data until it has answered at the new address.
func (p *Primary) Reconnect(id string) {
	for _, l := range p.Links() {
		if l.id == id {
			p.noteThere(l, errMoved.Error())
			l.Broken(errMoved)
			l.redial()
		}
	}
}

// redial makes the link dial again at once, even if it is dialing: that attempt may go to the old address.
func (l *Link) redial() {
	l.mu.Lock()
	l.moved = l.state == linkDialing
	l.mu.Unlock()
	l.knock()
}

// Leave releases what the link has claimed from its primary. The driver calls it last, after closing the connection.
func (l *Link) Leave() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.endSync()
	l.setInStep(false)
}

// SetMembers replaces SecondaryOptions.Members, the nodes that may take this one's data.
func (s *Secondary) SetMembers(ids []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.opts.Members = ids
}

func (s *Secondary) members() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.opts.Members
}
