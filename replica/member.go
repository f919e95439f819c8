package replica

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"
)

// MemberOptions describe a node to its replication, whatever its role.
type MemberOptions struct {
	ID    string
	Store Store
	Log   *Log // records what clients write while the node leads
	// Batch, Requests, Gaps, Wall and Rand are those of PrimaryOptions.
	Batch    int
	Requests func() int64
	Gaps     func() int64
	Wall     func() int64
	Rand     *rand.Rand
	Timing
	// Recover is PrimaryOptions.Recover, and in the first term SecondaryOptions.Recover.
	Recover bool
	// Settle is how long a primary that is to follow waits for its successor to have every write. Default: 2 s.
	Settle time.Duration
	// Now is how long the node has run: see Clock. Required.
	Now func() time.Duration
	// Admit is called whenever what clients may do changes: whether the node may answer at all, and whether it may
	// write. When writes is false it must return only once no write is under way. It must not call the Member. nil: none.
	Admit  func(serves, writes bool)
	Logger *zap.Logger // nil: none
}

// Member is a node's part in its group: it leads the group or follows its primary, and changes between the two while it
// serves, as often as Lead and Follow are called. It owns store, log and position; Primary and Secondary are what it is
// in one term, and end with it. Safe for concurrent use.
//
// What holds at a change: writes that were acknowledged are in the log, others are refused; a node that begins to lead
// keeps what it has and begins a new history, so that others know how to go on from theirs; a node that begins to follow
// has stopped writing to others, and goes on from where its own history ended by a partial sync, or takes a full one.
//
// Methods that sessions call never wait for Lead or Follow, which may wait for sessions: see MemberOptions.Admit.
type Member struct {
	opts    MemberOptions
	log     *zap.Logger
	now     atomic.Pointer[term]
	woken   chan struct{} // has an element when Step is to be called, or the role has changed
	handing atomic.Bool   // next is set
	served  chan struct{} // closed once the member has served
	ready   chan struct{} // closed once it has been worth being sent clients
	refused *refusals

	mu       sync.Mutex // taken before the locks of a term's Primary and Secondary
	held     held
	counts   Counts
	applied  SecondaryCounts
	next     *successor // set while the primary hands over
	admitted admission  // what Admit was last told
	stopped  bool
}

// term is the time in which a member has one role. One of primary and secondary is nil; both are before the first.
type term struct {
	number    uint64
	primary   *Primary
	secondary *Secondary
}

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

// NewMember returns a member without a role. Lead or Follow gives it one.
func NewMember(o MemberOptions) *Member {
	if o.Logger == nil {
		o.Logger = zap.NewNop()
	}
	if o.Admit == nil {
		o.Admit = func(bool, bool) {}
	}
	if o.Settle == 0 {
		o.Settle = 2 * time.Second
	}
	m := &Member{opts: o, log: o.Logger, woken: make(chan struct{}, 1), served: make(chan struct{}), ready: make(chan struct{}), refused: &refusals{}}
	m.now.Store(&term{})
	return m
}

// Part is what the member is now: a primary or a secondary. The other one is nil, before the first term both.
func (m *Member) Part() (*Primary, *Secondary) {
	t := m.now.Load()
	return t.primary, t.secondary
}

// Leads reports whether the member is its group's primary.
func (m *Member) Leads() bool { return m.now.Load().primary != nil }

// Term counts the changes of role. Offsets of two terms have nothing to do with each other.
func (m *Member) Term() uint64 { return m.now.Load().number }

// HandingOver reports whether the member is a primary that takes no more writes, and waits for its successor.
func (m *Member) HandingOver() bool { return m.handing.Load() }

// Serves reports whether clients may be answered, and IsReady whether the node is worth being sent clients: a
// secondary may serve before it is in step, but is not ready.
func (m *Member) Serves() bool { return m.now.Load().is(true) }

// IsReady is described at Serves.
func (m *Member) IsReady() bool { return m.now.Load().is(false) }

func (t *term) is(serving bool) bool {
	switch {
	case t.primary != nil:
		return closed(t.primary.ready)
	case t.secondary != nil && serving:
		return closed(t.secondary.served)
	}
	return t.secondary != nil && closed(t.secondary.ready)
}

// Served is closed once the member has served for the first time, Ready once it has been ready.
func (m *Member) Served() <-chan struct{} { return m.served }

// Ready is described at Served.
func (m *Member) Ready() <-chan struct{} { return m.ready }

func (m *Member) wake() {
	select {
	case m.woken <- struct{}{}:
	default:
	}
}

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

// Mark is the end of the log, in the term that is.
func (m *Member) Mark() (term, offset uint64) {
	t := m.now.Load()
	if t.primary == nil {
		return t.number, 0
	}
	return t.number, t.primary.Offset()
}

// Acked is how many secondaries are in step and have everything before offset; ok is false when that term is over.
func (m *Member) Acked(term, offset uint64) (n int, ok bool) {
	t := m.now.Load()
	if t.number != term || t.primary == nil || t.primary.retired.Load() {
		return 0, false
	}
	return t.primary.Acked(offset), true
}

// Wait is Primary.Wait. When that term is over it calls done, too.
func (m *Member) Wait(term, offset uint64, n int, done func()) (cancel func()) {
	t := m.now.Load()
	if t.number != term || t.primary == nil {
		done()
		return func() {}
	}
	return t.primary.Wait(offset, n, done)
}

// leading is the primary that the member is; the error says who is instead.
func (m *Member) leading() (*Primary, error) {
	p, s := m.Part()
	if p != nil {
		return p, nil
	}
	if s == nil {
		return nil, errRoleChanges
	}
	return nil, fmt.Errorf("this node is a secondary; ask its primary, %s", s.opts.Primary)
}

// Pause is Primary.Pause, or Resume.
func (m *Member) Pause(id string, paused bool) error {
	p, err := m.leading()
	if err != nil {
		return err
	}
	return p.setPaused(id, paused)
}

// GiveUp is Primary.GiveUp.
func (m *Member) GiveUp() error {
	p, err := m.leading()
	if err != nil {
		return err
	}
	return p.GiveUp(m.opts.Now())
}

// Knock is Primary.Knock.
func (m *Member) Knock(group, id string) error {
	p, s := m.Part()
	switch {
	case p != nil:
		return p.Knock(group, id)
	case s != nil:
		return fmt.Errorf("this node is a secondary; its primary is %s", s.opts.Primary)
	}
	return errRoleChanges
}

// Open is Secondary.Open, or Primary.Refuse.
func (m *Member) Open(peer string, args []string, kill func()) (r *Stream, answer string, err error) {
	p, s := m.Part()
	switch {
	case s != nil:
		return s.Open(m.opts.Now(), peer, args, kill)
	case p != nil:
		answer, err = p.Refuse(m.opts.Now(), peer)
		return nil, answer, err
	}
	return nil, refusal(errRoleChanges), errRoleChanges
}

// Take answers REPLICA TAKE.
func (m *Member) Take(peer string, args []string) (d *Donor, answer string, err error) {
	p, s := m.Part()
	switch {
	case s != nil:
		return s.Take(m.opts.Now(), peer, args)
	case p != nil:
		return p.Take(m.opts.Now(), peer, args)
	}
	return nil, refusal(errRoleChanges), errRoleChanges
}
