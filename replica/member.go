package replica

import (
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
	// Batch, Requests, Gaps, Wall and Rand are those of PrimaryOptions; Wall and Rand are required.
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
