package replica

import (
	"errors"
	"slices"
	"time"

	"go.uber.org/zap"
)

// ChangesRole reports whether err, with which a stream was refused or has ended, was caused by a change of role: the peer
// tries again, or learns who leads.
func ChangesRole(err error) bool {
	var stale *staleError
	return errors.Is(err, errRoleChanges) || errors.Is(err, errSuperseded) || errors.As(err, &stale)
}

// Step adopts a later epoch that another member has reported, continues a hand-over, ends the term of a primary that
// was told to follow, and tells sessions through Admit when the member begins to serve. Call it a few times a second, and
// whenever Woken has an element.
func (m *Member) Step() {
	m.mu.Lock()
	defer m.unlock()
	m.step()
}

// step REQUIRES mu.
func (m *Member) step() {
	if h := m.heard.Load(); h != nil && h.epoch > m.leads.Load().epoch && !m.awaitsProof(h) {
		m.obey(*h)
	}
	m.stepHandOver()
	if n := m.next; n != nil {
		late := m.opts.Now() >= n.until
		if late && (n.link == nil || !n.link.has(n.offset)) {
			m.log.Warn("replication: the new primary did not confirm the last writes in time; they may be lost",
				zap.String("primary", n.leads.primary), zap.Duration("after", m.opts.Settle))
		}
		if late || n.settled.Load() {
			m.follow(n)
		}
	}
	m.admit()
}

// proofWithin is how long a secondary that hears that it leads waits for the proof that it was handed what it holds. Its
// predecessor sends that as soon as it follows, but the news may come first another way, such as the end of the stream.
const proofWithin = 100 * time.Millisecond

// awaitsProof reports whether a report with the proof may still follow: without it, obey asks all members before this one
// serves. Until then it serves reads as the secondary that it was.
func (m *Member) awaitsProof(h *report) bool {
	_, s := m.Part()
	return h.primary == m.opts.ID && !h.handed.Complete && s != nil && s.Position().Complete && m.opts.Now()-h.at < proofWithin
}

// obey takes the role that a later epoch, reported by another member, gives this member. A member that is told that it leads
// may have led in that epoch before its process restarted, and hold older data now: it serves at once only if the report
// proves that it has been handed what it holds. REQUIRES mu.
func (m *Member) obey(r report) {
	if p, s := m.Part(); p == nil && s == nil || m.stopped {
		return // it has no role yet, so its group is unknown
	}
	m.log.Info("replication: another member reports a later epoch", zap.String("primary", r.primary), zap.Uint64("epoch", r.epoch))
	m.yield(r.leadership, r.handed)
	m.notify(r.leadership)
}

// yield gives the member its role in a later epoch. A secondary that is to lead and holds less than the position needs, or
// any position if that is not complete, asks the others first. REQUIRES mu, and that it has a term.
func (m *Member) yield(l leadership, needs Position) {
	p, s := m.Part()
	group, members := "", m.knownMembers()
	if p != nil {
		group = p.group()
	} else {
		group = s.opts.Group
	}
	if l.primary == m.opts.ID {
		others := slices.DeleteFunc(members, func(id string) bool { return id == m.opts.ID })
		sure := s != nil && s.Position().includes(needs) && l.epoch > m.led() || p != nil && m.opts.Coordinated
		if err := m.lead(l, group, others, sure); err != nil { // a primary that recovers keeps its secondaries
			m.log.Warn("replication: cannot lead in a later epoch", zap.Error(err))
		}
		return
	}
	if !slices.Contains(members, l.primary) {
		members = append(members, l.primary)
	}
	if s != nil && s.follows(group, l.primary) {
		m.setLeads(l)
		return
	}
	handed := m.hand != nil && m.hand.to == l.primary && (m.hand.over || m.hand.transfers)
	m.stepDown(&successor{group: group, leads: l, members: members, cancel: func() {}, handed: handed})
}

// errReplaced ends a hand-over that something else overtook.
var errReplaced = errors.New("the group's primary has changed meanwhile")

// stepDown makes the member a secondary at once: others may acknowledge writes already. REQUIRES mu.
func (m *Member) stepDown(n *successor) {
	m.yielding = true
	m.admit() // returns once no write is under way
	m.follow(n)
	m.yielding = false
	if h := m.hand; h != nil && h.to == n.leads.primary {
		m.endHandOver(nil)
	} else if h != nil {
		m.endHandOver(errReplaced)
	}
	m.admit()
}
