package replica

import (
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"
)

// SecondaryOptions configure a Secondary.
type SecondaryOptions struct {
	Group, ID string
	Primary   string // id of its primary
	// Members are the ids of the group's nodes, which may take this node's data: see Donor.
	Members []string
	Store   Store
	// Requests is like PrimaryOptions.Requests. nil: the secondary never reports that clients use it.
	Requests func() int64
	// Wall is like PrimaryOptions.Wall. nil: the secondary does not compare its clock with the primary's.
	Wall func() int64
	Timing
	// Recover keeps the secondary from serving until it is in step with its primary
	// or Timing.RecoverTimeout is over.
	Recover bool
	// Noted is MemberOptions.Noted.
	Noted  func(payload []byte)
	Logger *zap.Logger // nil: none

	// From the terms before.
	counts  SecondaryCounts
	refused *refusals // nil: new ones

	log   *Log    // keeps what the primary has sent, for secondaries that have less if this node leads next; nil: none
	group *Member // the Member whose part it is; nil: none
	// handed is the end of the history that this node has handed over to the primary, in the epoch handedIn. The primary may
	// not know it yet. Complete false: none.
	handed   Position
	handedIn uint64
}

// Secondary holds the state of a secondary for one term. Safe for concurrent use.
type Secondary struct {
	opts   SecondaryOptions
	log    *zap.Logger
	served chan struct{} // closed once clients may be served
	ready  chan struct{} // see Ready

	refused *refusals
	brief   atomic.Bool // the primary is of a release that knows no knock with a history and an offset

	mu      sync.Mutex
	retired bool // the term is over
	serving bool // served is closed
	stepped bool // ready is closed
	started time.Duration
	pos     Position
	peers   []string      // the other secondaries in step, by the primary's latest roster
	line    lineage       // of the history that it holds
	begun   bool          // the primary has begun a sync in this term
	mixed   bool          // entries of two generations are present
	cur     *Stream       // from the primary; nil: none
	heard   time.Duration // when something last came from the primary
	lost    time.Duration // when the last stream ended
	knockAt time.Duration // when to knock if there is no stream by then
	lag     time.Duration // from the primary's last heartbeat
	sync    syncProgress
	count   SecondaryCounts
}

// SecondaryCounts counts a secondary's events since the node's start.
type SecondaryCounts struct {
	FullSyncs, PartialSyncs, Streams int64
	Frames, Bytes                    int64 // applied
}

// syncProgress is the progress of a full sync at the secondary.
type syncProgress struct {
	active                 bool
	since, progressAt      time.Duration // when it began, and when its progress was last logged
	entries, arrived, size int64
	bytes                  int64
}

// NewSecondary returns a secondary that begins at the time now.
func NewSecondary(o SecondaryOptions, now time.Duration) *Secondary {
	o.Timing = o.Timing.withDefaults()
	if o.Logger == nil {
		o.Logger = zap.NewNop()
	}
	s := &Secondary{
		opts: o, log: o.Logger, served: make(chan struct{}), ready: make(chan struct{}),
		started: now, lost: now, count: o.counts, refused: o.refused,
	}
	if s.refused == nil {
		s.refused = &refusals{}
	}
	if !o.Recover {
		s.serve()
	}
	return s
}

// Serving is closed once the secondary may serve clients: at once, unless SecondaryOptions.Recover is set.
func (s *Secondary) Serving() <-chan struct{} { return s.served }

// Ready is closed once the secondary has been in step with its primary, or Timing.RecoverTimeout is over. Before that it
// may serve, but lack some of its group's data.
func (s *Secondary) Ready() <-chan struct{} { return s.ready }

func (s *Secondary) serve() {
	if !s.serving {
		s.serving = true
		close(s.served)
	}
}

// step makes the secondary serve and count as ready. REQUIRES mu, and that it has not been called before.
func (s *Secondary) step() {
	s.stepped = true
	s.serve()
	close(s.ready)
}

// Resume says what the store holds already. Call it before the first stream is opened.
func (s *Secondary) Resume(p Position) { s.pos = p }

// Position returns what the secondary holds.
func (s *Secondary) Position() Position {
	s.mu.Lock()
	defer s.mu.Unlock()
	pos := s.pos
	pos.Entries, _ = s.opts.Store.Size()
	return pos
}

// knownPeers returns the ids of the other members known to have been in step with this secondary's data.
func (s *Secondary) knownPeers() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.pos.Complete {
		return nil
	}
	return s.peers
}
