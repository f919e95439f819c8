package replica

import (
	"errors"
	"sync/atomic"
	"time"

	"go.uber.org/zap"
)

// successor is the member that a primary hands over to.
type successor struct {
	group   string
	leads   leadership
	members []string
	handed  bool          // this node has handed over to it and must tell it so, and what
	until   time.Duration // when to stop waiting for it
	link    *Link         // to it; nil: there is none
	offset  uint64        // the log's end, which it must confirm
	settled atomic.Bool   // it and the others in step have every write, or it refuses this primary
	cancel  func()
}

var (
	errRoleChanges = errors.New("this node is changing its role; try again")
	// ErrStopped is returned by a member whose Run has ended.
	ErrStopped = errors.New("the node has stopped")
)

// Lead makes the member the primary of these secondaries in an epoch. A secondary that was in step keeps its data and
// serves at once. A member that lacks some of its group's data serves only once it knows that no member has more: see the
// package documentation. At a primary Lead changes the group's name, epoch and secondaries, and cancels a Follow that has
// not ended yet; while the primary recovers its secondaries cannot change, and Lead returns ErrRecovering. ErrStaleEpoch
// and ErrEpochTaken mean that the group has another primary.
func (m *Member) Lead(epoch uint64, group string, secondaries []string) error {
	m.mu.Lock()
	defer m.unlock()
	l := leadership{epoch, m.opts.ID}
	if m.stopped {
		return ErrStopped
	}
	if err := m.accepts(l); err != nil {
		return err
	}
	p, _ := m.Part()
	return m.lead(l, group, secondaries, m.opts.Coordinated || p == nil && !m.justReturned() || p != nil && p.isServing())
}

// lead is Lead without its checks. sure says that the member may lead with what it has; otherwise another member may have
// later data, and it asks them first. REQUIRES mu.
func (m *Member) lead(l leadership, group string, secondaries []string, sure bool) error {
	raised := l.epoch > m.leads.Load().epoch
	p := m.now.Load().primary
	resigns := p != nil && raised && !sure && p.isServing()
	if resigns {
		m.resign()
	} else if p != nil {
		if sure {
			p.serveOwn(nil)
		}
		if err := p.SetSecondaries(secondaries); err != nil {
			return err
		}
		m.setLeads(l)
		p.name.Store(&group)
		p.setEpoch(l.epoch)
		m.raise(l.epoch)
		if m.next != nil {
			m.log.Info("replication: hand-over cancelled; this node stays the primary")
			m.next.cancel()
			m.next = nil
			m.admit()
		}
		if raised || m.hand != nil && m.hand.uncertain {
			m.endHandOver(errReplaced)
		}
		return nil
	}
	first := !resigns && m.retire()
	asks := !sure || !m.held.pos.Complete
	entries, _ := m.opts.Store.Size()
	p = NewPrimary(PrimaryOptions{
		Group: group, ID: m.opts.ID, Secondaries: secondaries, Store: m.opts.Store, Log: m.opts.Log, Batch: m.opts.Batch,
		Timing: m.opts.Timing, Requests: m.opts.Requests, Recover: m.opts.Recover, Gaps: m.opts.Gaps, Wall: m.opts.Wall,
		Rand: m.opts.Rand, Logger: m.opts.Logger,
		Holds: m.held.pos, Partial: !first || m.returns, Doubtful: !sure, peers: m.held.peers,
		heard: m.held.maxDate, counts: m.counts, refused: m.refused, epoch: l.epoch, stale: m.hear, inStep: m.opts.InStep,
		line: m.held.line, elapsed: m.opts.Elapsed, begins: m.begins,
	}, m.opts.Now())
	if asks && !first {
		m.log.Info("replication: this node is to lead, and asks the others first for later data", zap.Uint64("epoch", l.epoch), zap.Bool("complete", m.held.pos.Complete),
			zap.Uint64("offset", m.held.pos.Offset))
	} else if !first {
		m.log.Info("replication: this node is now the primary", zap.Uint64("epoch", l.epoch), zap.Bool("complete", m.held.pos.Complete),
			zap.Int64("entries", entries), zap.Uint64("offset", m.held.pos.Offset))
	}
	m.setLeads(l)
	m.raise(l.epoch)
	m.yielding = false
	m.begin(&term{primary: p})
	return nil
}

// Follow makes the member a secondary of the node called primary, which leads in this epoch; members are the ids of all
// nodes of its group. At a primary that serves, a later epoch ends its term at once. In epoch 0, where the config
// changes the roles, it refuses writes from now on, and sends until its successor and the secondaries in step have every
// write or MemberOptions.Settle has passed; then Step makes it a secondary. ErrStaleEpoch and ErrEpochTaken mean that the
// group has another primary.
func (m *Member) Follow(epoch uint64, group, primary string, members []string) error {
	m.mu.Lock()
	defer m.unlock()
	l := leadership{epoch, primary}
	if m.stopped {
		return ErrStopped
	}
	if err := m.accepts(l); err != nil {
		return err
	}
	next := &successor{group: group, leads: l, members: members, until: m.opts.Now() + m.opts.Settle, cancel: func() {}}
	p, s := m.Part()
	switch {
	case s != nil && s.follows(group, primary):
		m.setLeads(l)
		s.SetMembers(members)
		return nil
	case p == nil || !p.isServing():
		m.follow(next)
		return nil
	case epoch > m.leads.Load().epoch:
		m.stepDown(next)
		return nil
	case m.next != nil:
		m.next.cancel()
	}
	m.endHandOver(errReplaced)
	m.next = next
	m.log.Info("replication: handing over to another primary; this node refuses writes from now on", zap.String("primary", primary))
	m.admit() // returns once no write is under way: the log does not grow any more
	next.link, next.offset, next.cancel = p.waitForSuccessor(primary, func() { next.settled.Store(true); m.wake() })
	m.step()
	return nil
}

// follow begins a term as a secondary. REQUIRES mu, and that no write is under way.
func (m *Member) follow(n *successor) {
	n.cancel()
	if m.next != nil {
		m.next.cancel()
	}
	m.next = nil
	p, _ := m.Part()
	reigned := p != nil && p.isServing()
	first := m.retire()
	switch {
	case reigned && n.leads.epoch > 0:
		m.keepReign(m.held.start)
	case reigned || first && !m.returns:
		m.forgetReign()
		m.opts.Log.release()
	}
	var handed Position
	if n.handed {
		handed = m.held.pos
	}
	s := NewSecondary(SecondaryOptions{
		Group: n.group, ID: m.opts.ID, Primary: n.leads.primary, Members: n.members,
		Store: m.opts.Store, Requests: m.opts.Requests, Wall: m.opts.Wall, Timing: m.opts.Timing,
		Recover: (m.opts.Recover || m.returns) && !closed(m.served), Noted: m.opts.Noted, Logger: m.opts.Logger,
		group: m, log: m.opts.Log, counts: m.applied, refused: m.refused, handed: handed, handedIn: n.leads.epoch,
	}, m.opts.Now())
	s.resume(m.held)
	if !first && m.held.pos.Complete && (!m.returns || closed(m.served)) {
		s.serveAtOnce()
	}
	if !first {
		m.log.Info("replication: this node is now a secondary", zap.String("primary", n.leads.primary), zap.Uint64("epoch", n.leads.epoch),
			zap.Bool("complete", m.held.pos.Complete), zap.Uint64("offset", m.held.pos.Offset))
	}
	m.setLeads(n.leads)
	m.begin(&term{secondary: s})
}
