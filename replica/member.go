package replica

import (
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"
)

// MemberOptions configure a Member; they hold for both roles.
type MemberOptions struct {
	ID    string
	Store Store // required
	Log   *Log  // records what clients write while the node leads; required
	// Batch, Requests, Gaps, Wall and Rand are those of PrimaryOptions; Wall and Rand are required.
	Batch    int
	Requests func() int64
	Gaps     func() int64
	Wall     func() int64
	Rand     *rand.Rand
	Timing
	// Recover is PrimaryOptions.Recover in every term, and SecondaryOptions.Recover in the first.
	Recover bool
	// Settle is how long a primary that was told to follow waits for its successor to confirm every write. Default: 2 s.
	Settle time.Duration
	// Now returns how long the node has run: see Clock. Required.
	Now func() time.Duration
	// Elapsed is the time since some moment, by a clock that advances while the process is stopped. Default: Now.
	Elapsed func() time.Duration
	// Admit is called whenever what clients may do changes. If they may not write, it must return only once no write is
	// under way. It must not call the Member. nil: none.
	Admit func(Admission)
	// InStep is called with the number of secondaries in step: when this node begins to serve as the primary, and whenever the
	// number may have changed while it does. It must neither block nor call the Member. nil: none.
	InStep func(n int)
	// Fenced is called by Fence, with its argument. nil: none.
	Fenced func(until time.Duration)
	// Changed is called, without locks and from any goroutine, when the member has adopted a leadership that other members
	// reported, or that HandOver or Promote made. nil: none.
	Changed func(epoch uint64, primary string)
	// Noted is called with what the primary has passed to Log.Note, when this node as a secondary has carried out what was
	// logged before, and nothing of what was logged after it. A full sync does not repeat earlier notes. It must neither block,
	// nor call the Member, nor retain payload. nil: none.
	Noted func(payload []byte)
	// Coordinated says that a store outside of the group decides who leads, and tells this member alone by Lead: it then
	// serves with what it has.
	Coordinated bool
	// Transfer records a hand-over in the store that decides who leads. It is called while writes are held, once the secondary
	// called to has all earlier ones, and returns the epoch in which that secondary leads. An error means that this node
	// certainly still leads, unless it is ErrUncertain: then writes are refused until Lead or Follow is called. nil: there is
	// no such store, and the successor leads in the next epoch.
	Transfer func(epoch uint64, to string) (next uint64, err error)
	// Spawn runs a task that may wait, which is Transfer, beside its caller. Default: in a goroutine.
	Spawn func(task func())
	// Ledger counts the writes of this node's terms as the primary, for the node's next process. nil: none; what a killed
	// process has lost is not known then.
	Ledger *Ledger
	Logger *zap.Logger // nil: none
}

// Member is a node's part in its group: it leads the group or follows its primary. Lead and Follow change its role while
// it serves, as often as they are called. It owns store, log and position; a Primary or a Secondary holds the state of
// one term and ends with it. Safe for concurrent use.
//
// At a change of role these hold: an acknowledged write is in the log, and a write that comes later is refused. A node
// that begins to lead keeps its data and begins a new history that names the old one, so that others can continue. A
// node that begins to follow has stopped sending, and continues by a partial sync where its own history ended, or takes
// a full sync.
//
// Lead and Follow may wait for sessions (see MemberOptions.Admit), so methods that sessions call never wait for them.
type Member struct {
	opts      MemberOptions
	log       *zap.Logger
	now       atomic.Pointer[term]
	woken     chan struct{} // has an element when Step must be called or the role has changed
	handing   atomic.Bool   // next or hand is set
	served    chan struct{} // closed once the member has served
	ready     chan struct{} // closed once it has been ready: see IsReady
	refused   *refusals
	leads     atomic.Pointer[leadership] // the latest that the member has adopted; never nil
	heard     atomic.Pointer[report]     // a later one that other members have reported; nil: none yet
	fence     atomic.Int64               // see Fence
	lost      atomic.Int64               // see Lost
	lostKnown atomic.Bool                // see LostKnown

	renounces atomic.Bool // see Confirm
	driven    atomic.Bool // Run drives the member, rather than a caller of Step
	returns   bool        // see Return; does not change after the first term has begun

	reignMu sync.Mutex // taken after all others but the log's
	reign   *reign     // the last one, while it is unknown how much of it the group has; nil: none

	mu       sync.Mutex // taken before the locks of a term's Primary and Secondary
	held     held
	counts   Counts
	applied  SecondaryCounts
	next     *successor // set while a primary is to follow, as the config says
	hand     *handOver  // set while a primary hands over
	yielding bool       // another node leads already
	admitted Admission  // the last argument of Admit
	calls    []func()   // to be called without mu
	dial     Dial       // of Run
	stopped  bool
}

// term is the time in which a member has one role. One of primary and secondary is nil; before the first term both are.
type term struct {
	number    uint64
	primary   *Primary
	secondary *Secondary
}

// NewMember returns a member without a role. Lead or Follow gives it one. It panics if a required option is missing.
func NewMember(o MemberOptions) *Member {
	switch {
	case o.Store == nil:
		panic("replica: MemberOptions.Store is required")
	case o.Log == nil:
		panic("replica: MemberOptions.Log is required")
	case o.Wall == nil:
		panic("replica: MemberOptions.Wall is required")
	case o.Rand == nil:
		panic("replica: MemberOptions.Rand is required")
	case o.Now == nil:
		panic("replica: MemberOptions.Now is required")
	}
	if o.Logger == nil {
		o.Logger = zap.NewNop()
	}
	if o.Admit == nil {
		o.Admit = func(Admission) {}
	}
	if o.Elapsed == nil {
		o.Elapsed = o.Now
	}
	if o.Spawn == nil {
		o.Spawn = func(task func()) { go task() }
	}
	if o.Settle == 0 {
		o.Settle = 2 * time.Second
	}
	m := &Member{
		opts: o, log: o.Logger, woken: make(chan struct{}, 1), served: make(chan struct{}), ready: make(chan struct{}),
		refused: &refusals{},
	}
	m.now.Store(&term{})
	m.leads.Store(&leadership{})
	m.recall()
	return m
}

// Part returns the state of the current term: a primary or a secondary. The other one is nil; before the first term both.
func (m *Member) Part() (*Primary, *Secondary) {
	t := m.now.Load()
	return t.primary, t.secondary
}

// Leads reports whether the member is its group's primary.
func (m *Member) Leads() bool { return m.now.Load().primary != nil }

// Term counts the changes of role. Offsets of different terms cannot be compared.
func (m *Member) Term() uint64 { return m.now.Load().number }

// HandingOver reports whether the member is a primary that refuses or holds writes while its successor confirms the last.
func (m *Member) HandingOver() bool { return m.handing.Load() }

// Serves reports whether the node may answer clients.
func (m *Member) Serves() bool { return m.now.Load().is(true) }

// IsReady reports whether clients should be sent to the node. A secondary may serve before it is in step, but is not ready.
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

// Served is closed once the member has served for the first time.
func (m *Member) Served() <-chan struct{} { return m.served }

// Ready is closed once the member has been ready for the first time.
func (m *Member) Ready() <-chan struct{} { return m.ready }

// Woken has an element when Step is to be called. It is for one receiver, which Run is.
func (m *Member) Woken() <-chan struct{} { return m.woken }

func (m *Member) wake() {
	select {
	case m.woken <- struct{}{}:
	default:
	}
}
