package replica

import (
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"github.com/cachegopher/cachegopher/internal/epochs"
)

// holdMost bounds the time for which a hand-over holds writes. othersMost is the part of it that the other secondaries in step
// have to confirm the log's end, too: those that do can continue with a partial sync.
const (
	holdMost   = 500 * time.Millisecond
	othersMost = 30 * time.Millisecond
)

var (
	// ErrHandOver is wrapped by the reason why a hand-over failed. The primary still leads, and executes the held writes.
	ErrHandOver = errors.New("the primary does not hand over")
	// ErrUncertain is returned by MemberOptions.Transfer if it does not know whether the group has another primary now.
	ErrUncertain = errors.New("it is not known whether the transfer took place")
)

// handOver is a planned change of primary under way at the old one. The member's mu guards what is not atomic.
type handOver struct {
	to        string
	link      *Link
	offset    uint64
	began     time.Duration
	confirmed atomic.Bool // the successor has every write, or refuses this primary
	all       atomic.Bool // the others in step have it too
	transfers bool        // Transfer runs, or its outcome is unknown
	uncertain bool        // it has returned ErrUncertain
	refuses   bool        // the change may have taken place: writes are refused
	over      bool        // it has taken place
	cancel    func()
	done      func(error)
}

func (h *handOver) writes() Writes {
	if h.refuses {
		return WritesRefused
	}
	return WritesHeld
}

// HandOver makes the secondary called to (empty: the one that has confirmed most) the primary, if it is in step. New writes
// are held, at most 500 ms. When the successor has confirmed all earlier ones, this node becomes its secondary, irrevocably,
// and only then tells it; held writes are refused. HandOver calls done without locks, from any goroutine: with nil once the
// successor may lead, with an error that wraps ErrHandOver if this node still leads.
func (m *Member) HandOver(to string, done func(error)) {
	m.mu.Lock()
	defer m.unlock()
	h, err := m.plan(to)
	if err != nil {
		m.call(func() { done(fmt.Errorf("%w: %w", ErrHandOver, err)) })
		return
	}
	h.done = done
	m.hand = h
	m.log.Info("replication: handing over; new writes wait", zap.String("to", h.to))
	m.admit() // returns once no write is under way: the log is at its end
	p, _ := m.Part()
	h.link.refusedUs.Store(false)
	h.offset = p.Offset()
	cancel := p.wait(&waiter{offset: h.offset, of: h.link, done: func() { h.confirmed.Store(true); m.wake() }})
	cancelAll := p.wait(&waiter{offset: h.offset, of: h.link, n: p.Acked(0), done: func() { h.all.Store(true); m.wake() }})
	h.cancel = func() { cancel(); cancelAll() }
	if m.driven.Load() { // Run looks too rarely by itself
		time.AfterFunc(othersMost, m.wake)
		time.AfterFunc(holdMost, m.wake)
	}
	m.stepHandOver()
}

// plan returns a hand-over that can begin. REQUIRES mu.
func (m *Member) plan(to string) (*handOver, error) {
	p, s := m.Part()
	switch {
	case m.stopped:
		return nil, ErrStopped
	case s != nil:
		return nil, fmt.Errorf("this node is a secondary; its primary is %s", s.opts.Primary)
	case p == nil || m.next != nil:
		return nil, errRoleChanges
	case !p.isServing():
		return nil, ErrRecovering
	case m.hand != nil:
		return nil, fmt.Errorf("this node hands over to %s already", m.hand.to)
	}
	var link *Link
	for _, l := range p.Links() {
		if to == l.id || to == "" && l.inStep.Load() && (link == nil || l.acked.Load() > link.acked.Load()) {
			link = l
		}
	}
	switch {
	case link == nil && to == "":
		return nil, errors.New("no secondary is in step")
	case link == nil:
		return nil, fmt.Errorf("no secondary has id %q; known: %v", to, p.ids())
	case !link.inStep.Load() || link.paused.Load():
		return nil, fmt.Errorf("%s is not in step", link.id)
	}
	return &handOver{to: link.id, link: link, began: m.opts.Now(), cancel: func() {}}, nil
}

// stepHandOver carries out the next step of a hand-over. REQUIRES mu.
func (m *Member) stepHandOver() {
	h := m.hand
	if h == nil {
		return
	}
	took := m.opts.Now() - h.began
	switch {
	case h.transfers:
		if took >= holdMost && !h.refuses {
			h.refuses = true // the change may have taken place
			m.admit()
		}
	case h.confirmed.Load() && !h.link.has(h.offset), !h.link.inStep.Load():
		m.endHandOver(fmt.Errorf("%w: the connection to %s was lost", ErrHandOver, h.to))
	case h.confirmed.Load() && (h.all.Load() || took >= othersMost):
		m.transfer(h)
	case took >= holdMost:
		m.endHandOver(fmt.Errorf("%w: %s did not confirm the last writes within %v", ErrHandOver, h.to, holdMost))
	}
}

// transfer calls MemberOptions.Transfer, if there is one, and then ends this node's term. REQUIRES mu.
func (m *Member) transfer(h *handOver) {
	epoch := m.leads.Load().epoch
	if m.opts.Transfer == nil {
		m.handedOver(h, epochs.Next(epoch, h.to))
		return
	}
	h.transfers = true
	m.opts.Spawn(func() {
		next, err := m.opts.Transfer(epoch, h.to)
		m.mu.Lock()
		defer m.unlock()
		switch {
		case m.hand != h: // another leadership was reported meanwhile
		case err == nil:
			m.handedOver(h, next)
		case errors.Is(err, ErrUncertain): // until Lead or Follow is called
			m.log.Warn("replication: unknown whether the hand-over took place; writes are refused until this node learns it", zap.Error(err))
			h.refuses, h.uncertain = true, true
			m.admit()
		default:
			m.endHandOver(fmt.Errorf("%w: %w", ErrHandOver, err))
		}
	})
}

// handedOver makes the member a secondary of its successor, irrevocably, before any other node learns of the new epoch.
// REQUIRES mu.
func (m *Member) handedOver(h *handOver, epoch uint64) {
	now := leadership{epoch, h.to}
	h.over = true
	m.log.Info("replication: handed over", zap.String("to", h.to), zap.Uint64("epoch", epoch), zap.Duration("held_writes_for", m.opts.Now()-h.began))
	m.yield(now, Position{})
	m.notify(now)
}

// endHandOver reports the end of a hand-over to done: nil, or why this member still leads. REQUIRES mu.
func (m *Member) endHandOver(err error) {
	h := m.hand
	if h == nil {
		return
	}
	m.hand = nil
	h.cancel()
	if err != nil {
		m.log.Warn("replication: the hand-over did not take place", zap.String("to", h.to), zap.Error(err))
	}
	m.call(func() { h.done(err) })
	m.admit()
}

// knownMembers returns the ids of the group's members that this member knows, its own included. REQUIRES mu.
func (m *Member) knownMembers() []string {
	p, s := m.Part()
	var all []string
	switch {
	case p != nil:
		all = p.ids()
	case s != nil:
		all = slices.Clone(s.members())
	}
	if !slices.Contains(all, m.opts.ID) {
		all = append(all, m.opts.ID)
	}
	return all
}
