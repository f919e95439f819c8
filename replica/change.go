package replica

import (
	"errors"
	"sync/atomic"
	"time"

	"go.uber.org/zap"
)

// held is what the store holds between two terms.
type held struct {
	pos      Position
	peers    []string // others that were in step with it
	mixed    bool     // entries are of two generations
	maxEpoch uint64   // the latest epoch that was heard of
}

// successor is whom a primary that hands over is to follow.
type successor struct {
	group, primary string
	members        []string
	until          time.Duration
	link           *Link // to it; nil: there is none
	offset         uint64
	settled        atomic.Bool // it and the others in step have every write, or it refuses to be sent any
	cancel         func()
}

type admission struct{ serves, writes bool }

var (
	errRoleChanges = errors.New("this node is changing its role; try again")
	// ErrStopped says that a member does not run any more.
	ErrStopped = errors.New("the node has stopped")
)

// Lead makes the member the primary of these secondaries. One that was a secondary in step keeps what it has and serves
// at once; one that has not all of its group's data answers nothing until it knows that nobody has more: see the
// package's document. Of a primary Lead changes the secondaries, and takes back a Follow that has not come to its end.
// While it recovers its secondaries cannot change: ErrRecovering.
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
			m.log.Info("replication: goes on as the primary")
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
		m.log.Info("replication: this node is the primary now", zap.Bool("complete", m.held.pos.Complete),
			zap.Int64("entries", entries), zap.Uint64("offset", m.held.pos.Offset))
	}
	m.begin(&term{primary: p})
	return nil
}

// Follow makes the member a secondary of the node called primary; members are the ids of all nodes of its group. Of a
// primary that serves, all writes are refused from now on; it goes on sending until its successor and the others in step
// have every write, or MemberOptions.Settle is over, and is a secondary then: see Step.
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
	m.log.Info("replication: this node is to follow another primary; it takes no more writes", zap.String("primary", primary))
	m.admit() // returns once no write is under way: the log is at its end
	next.link, next.offset, next.cancel = p.waitForSuccessor(primary, func() { next.settled.Store(true); m.wake() })
	m.step()
	return nil
}

// Step ends the term of a primary that hands over, if it is time, and tells clients' sessions when the member begins to
// serve. It is to be called a few times a second.
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
		s.goOn()
	}
	if !first {
		m.log.Info("replication: this node is a secondary now", zap.String("primary", n.primary),
			zap.Bool("complete", m.held.pos.Complete), zap.Uint64("offset", m.held.pos.Offset))
	}
	m.begin(&term{secondary: s})
}

// retire ends the term that is, and notes what it leaves. It reports whether there was none. When it returns nothing of
// the term touches the store any more. REQUIRES mu.
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

// begin begins t. REQUIRES mu.
func (m *Member) begin(t *term) {
	t.number = m.now.Load().number + 1
	m.now.Store(t)
	m.admit()
	m.wake()
}

// admit tells sessions what clients may do, if that has changed. REQUIRES mu.
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

// Resume sets what the store holds already. It is to be called before the first term.
func (m *Member) Resume(p Position) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.held.pos, m.held.maxEpoch = p, p.Epoch
}

// stop has all later changes of role fail. REQUIRES that nothing drives the member any more.
func (m *Member) stop() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.stopped = true
}
