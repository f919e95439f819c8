package replica

import (
	"errors"
	"sync/atomic"
	"time"

	"go.uber.org/zap"
)

// held describes the store's content between two terms.
type held struct {
	pos      Position
	peers    []string // other members that were in step with it
	mixed    bool     // entries of two generations are present
	maxEpoch uint64   // the latest epoch that any member has reported
}

// successor is the member that a primary hands over to.
type successor struct {
	group, primary string
	members        []string
	until          time.Duration
	link           *Link       // to it; nil: there is none
	offset         uint64      // the log's end, which it must confirm
	settled        atomic.Bool // it and the others in step have every write, or it refuses this primary
	cancel         func()
}

type admission struct{ serves, writes bool }

var (
	errRoleChanges = errors.New("this node is changing its role; try again")
	// ErrStopped is returned by a member whose Run has ended.
	ErrStopped = errors.New("the node has stopped")
)

// Lead makes the member the primary of these secondaries. A secondary that was in step keeps its data and serves at once.
// A member that lacks some of its group's data serves only once it knows that no member has more: see the package
// document. At a primary Lead changes the secondaries and cancels a hand-over that is under way; while the primary
// recovers its secondaries cannot change, and Lead returns ErrRecovering.
func (m *Member) Lead(group string, secondaries []string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.stopped {
		return ErrStopped
	}
	if p := m.now.Load().primary; p != nil {
		if err := p.SetSecondaries(secondaries); err != nil {
			return err
		}
		if m.next != nil {
			m.log.Info("replication: hand-over cancelled; this node stays the primary")
			m.next.cancel()
			m.next = nil
			m.admit()
		}
		return nil
	}
	first := m.retire()
	entries, _ := m.opts.Store.Size()
	p := NewPrimary(PrimaryOptions{
		Group: group, ID: m.opts.ID, Secondaries: secondaries, Store: m.opts.Store, Log: m.opts.Log, Batch: m.opts.Batch,
		Timing: m.opts.Timing, Requests: m.opts.Requests, Recover: m.opts.Recover, Gaps: m.opts.Gaps, Wall: m.opts.Wall,
		Rand: m.opts.Rand, Logger: m.opts.Logger, Holds: m.held.pos, Partial: !first,
		heard: m.held.maxEpoch, counts: m.counts, refused: m.refused,
	}, m.opts.Now())
	if !first {
		m.log.Info("replication: this node is now the primary", zap.Bool("complete", m.held.pos.Complete),
			zap.Int64("entries", entries), zap.Uint64("offset", m.held.pos.Offset))
	}
	m.begin(&term{primary: p})
	return nil
}

// Follow makes the member a secondary of the node called primary; members are the ids of all nodes of its group. A
// primary that serves hands over: it refuses writes from now on, and sends until its successor and the secondaries in
// step have every write or MemberOptions.Settle is over. Then Step makes it a secondary.
func (m *Member) Follow(group, primary string, members []string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.stopped {
		return ErrStopped
	}
	next := &successor{group: group, primary: primary, members: members, until: m.opts.Now() + m.opts.Settle, cancel: func() {}}
	p, s := m.Part()
	switch {
	case s != nil && s.follows(group, primary):
		s.SetMembers(members)
		return nil
	case p == nil || !p.isServing():
		m.follow(next)
		return nil
	case m.next != nil:
		m.next.cancel()
	}
	m.next = next
	m.log.Info("replication: handing over to another primary; this node refuses writes from now on", zap.String("primary", primary))
	m.admit() // returns once no write is under way: the log does not grow any more
	next.link, next.offset, next.cancel = p.waitForSuccessor(primary, func() { next.settled.Store(true); m.wake() })
	m.step()
	return nil
}

// Step ends the term of a primary that has handed over, and tells sessions through Admit when the member begins to serve.
// Call it a few times a second.
func (m *Member) Step() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.step()
}

// step REQUIRES mu.
func (m *Member) step() {
	if n := m.next; n != nil {
		late := m.opts.Now() >= n.until
		if late && (n.link == nil || !n.link.has(n.offset)) {
			m.log.Warn("replication: the new primary did not confirm the last writes in time; they may be lost",
				zap.String("primary", n.primary), zap.Duration("after", m.opts.Settle))
		}
		if late || n.settled.Load() {
			m.follow(n)
		}
	}
	m.admit()
}

// follow begins a term as a secondary. REQUIRES mu.
func (m *Member) follow(n *successor) {
	n.cancel()
	m.next = nil
	first := m.retire()
	m.opts.Log.release()
	s := NewSecondary(SecondaryOptions{
		Group: n.group, ID: m.opts.ID, Primary: n.primary, Members: n.members, Store: m.opts.Store, Requests: m.opts.Requests,
		Timing: m.opts.Timing, Recover: m.opts.Recover && first, Logger: m.opts.Logger, counts: m.applied, refused: m.refused,
	}, m.opts.Now())
	s.resume(m.held)
	if !first && m.held.pos.Complete {
		s.serveAtOnce()
	}
	if !first {
		m.log.Info("replication: this node is now a secondary", zap.String("primary", n.primary),
			zap.Bool("complete", m.held.pos.Complete), zap.Uint64("offset", m.held.pos.Offset))
	}
	m.begin(&term{secondary: s})
}

// retire ends the current term and keeps its result in held and the counts. first means that there was no term yet. After
// it returns nothing of the old term touches the store. REQUIRES mu.
func (m *Member) retire() (first bool) {
	switch p, s := m.Part(); {
	case p != nil:
		m.counts = p.retire(&m.held)
	case s != nil:
		m.applied = s.retire(m.opts.Now(), &m.held)
	default:
		return true
	}
	return false
}

// begin makes t the current term. REQUIRES mu.
func (m *Member) begin(t *term) {
	t.number = m.now.Load().number + 1
	m.now.Store(t)
	m.admit()
	m.wake()
}

// admit calls Admit if clients' permissions have changed. REQUIRES mu.
func (m *Member) admit() {
	is := admission{serves: m.Serves()}
	is.writes = m.Leads() && is.serves && m.next == nil
	m.handing.Store(m.next != nil)
	if is != m.admitted {
		m.admitted = is
		m.opts.Admit(is.serves, is.writes)
	}
	if is.serves && !closed(m.served) {
		close(m.served)
	}
	if m.IsReady() && !closed(m.ready) {
		close(m.ready)
	}
}

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// Resume says what the store holds already. Call it before the first term.
func (m *Member) Resume(p Position) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.held.pos, m.held.maxEpoch = p, p.Epoch
}

// stop makes all later changes of role fail. REQUIRES: nothing drives the member any more.
func (m *Member) stop() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.stopped = true
}
