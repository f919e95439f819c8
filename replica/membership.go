package replica

import (
	"errors"
	"slices"

	"go.uber.org/zap"
)

// ErrRecovering says that a primary does not serve yet: it still depends on the secondaries that it was started with.
var ErrRecovering = errors.New("the primary is recovering")

// errMoved ends the connection to a secondary whose address has changed.
var errMoved = errors.New("its address has changed")

// Links are the connections to the secondaries as they are now, in the order of their ids' list. The slice is never
// changed: SetSecondaries replaces it.
func (p *Primary) Links() []*Link { return *p.list.Load() }

// Changed has an element whenever Links may have changed since it was last received from. It is for one receiver.
func (p *Primary) Changed() <-chan struct{} { return p.changed }

// ids are those of the secondaries.
func (p *Primary) ids() (ids []string) {
	for _, l := range p.Links() {
		ids = append(ids, l.id)
	}
	return ids
}

// SetSecondaries makes ids the secondaries from now on. A link to each new one begins, links to those that are gone
// end, and all others go on undisturbed. While the primary recovers it returns ErrRecovering, and changes nothing,
// unless ids are the secondaries that it has.
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
		p.log.Info("replication: a new secondary", zap.String("secondary", id))
	}
	for _, l := range old {
		if !slices.Contains(links, l) {
			p.log.Info("replication: no longer a secondary", zap.String("secondary", l.id))
		}
	}
	p.list.Store(&links)
	select {
	case p.changed <- struct{}{}:
	default:
	}
	return nil
}

// same reports whether a and b are the same ids in any order.
func same(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

// Reconnect has the secondary called id dialed anew, since its address has changed. What the old address answered a
// primary that recovers counts no more: the secondary may have the data until it has answered at the new one.
func (p *Primary) Reconnect(id string) {
	for _, l := range p.Links() {
		if l.id == id {
			p.there(l, errMoved.Error())
			l.Broken(errMoved)
			l.redial()
		}
	}
}

// redial has the link dial anew at once, even if it is dialing already: that may go to an old address.
func (l *Link) redial() {
	l.mu.Lock()
	l.moved = l.state == linkDialing
	l.mu.Unlock()
	l.knock()
}

// Leave gives up what the link has claimed of its primary. Its driver calls it at the end, when the connection is closed.
func (l *Link) Leave() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.endSync()
	l.setInStep(false)
}

// SetMembers makes ids the nodes of the group that may take this one's data: see SecondaryOptions.Members.
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
