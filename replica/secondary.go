package replica

import (
	"fmt"
	"strconv"
	"sync"
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
	Timing
	// Recover keeps the secondary from serving until it is in step with its primary
	// or Timing.RecoverTimeout is over.
	Recover bool
	Logger  *zap.Logger // nil: none

	// From the terms before.
	counts  SecondaryCounts
	refused *refusals // nil: new ones

	log    *Log    // keeps what the primary has sent, for secondaries that have less if this node leads next; nil: none
	group  *Member // that it is the part of; nil: none
	handed bool    // this node has handed over to the primary, which may not know it yet
}

// Secondary holds the state of a secondary for one term. Safe for concurrent use.
type Secondary struct {
	opts   SecondaryOptions
	log    *zap.Logger
	served chan struct{} // closed once clients may be served
	ready  chan struct{} // see Ready

	refused *refusals

	mu      sync.Mutex
	retired bool // the term is over
	serving bool // served is closed
	stepped bool // ready is closed
	started time.Duration
	pos     Position
	peers   []string      // the other secondaries in step, by the primary's latest roster
	line    lineage       // of the history that it holds
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
	s := &Secondary{opts: o, log: o.Logger, served: make(chan struct{}), ready: make(chan struct{}), started: now, lost: now, count: o.counts, refused: o.refused}
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

// Open begins a stream: args are the arguments of REPLICA STREAM after these two words.
// The caller sends the answer to the peer; with an error the answer is an error reply, and
// the caller closes the connection after it. kill closes the connection from any goroutine.
func (s *Secondary) Open(now time.Duration, peer string, args []string, kill func()) (r *Stream, answer string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.retired {
		return nil, changing(), errRoleChanges
	}
	if err := s.check(args); err != nil {
		return nil, s.refused.refuse(now, s.log, peer, err), err
	}
	if s.cur != nil {
		old := s.cur
		s.detach(now, old)
		old.kill()
	}
	r = &Stream{s: s, kill: kill}
	s.cur, s.heard = r, now
	s.count.Streams++
	s.log.Info("replication: the primary is connected", zap.String("primary", s.opts.Primary), zap.String("from", peer))
	pos := s.pos
	pos.Entries, _ = s.opts.Store.Size()
	return r, pos.line(), nil
}

// check fails if the arguments of REPLICA STREAM name another node, group, primary or version.
func (s *Secondary) check(args []string) error {
	if len(args) < 1 || args[0] != strconv.Itoa(Version) {
		return fmt.Errorf("this node speaks version %d of the replication stream; run one version of CacheGopher in the group", Version)
	}
	if len(args) != 4 {
		return fmt.Errorf("REPLICA STREAM takes version, group, primary and secondary")
	}
	group, primary, id := args[1], args[2], args[3]
	switch {
	case id != s.opts.ID:
		return fmt.Errorf("this node is %s, not %s; check the addresses in the config", s.opts.ID, id)
	case group != s.opts.Group:
		return fmt.Errorf("this node belongs to group %s, not %s; give both nodes the same config", s.opts.Group, group)
	case primary != s.opts.Primary:
		return fmt.Errorf("the primary of this node is %s, not %s; give both nodes the same config", s.opts.Primary, primary)
	}
	return nil
}

// knockEvery is how often a secondary without a stream says that it is there; handedEvery how often one that has handed
// over does, until its successor has dialed it.
const (
	knockEvery  = time.Second
	handedEvery = 100 * time.Millisecond
)

// Tick closes the stream of a silent primary, and ends a recovery that takes too long.
// Call it a few times a second. knock asks the caller to send REPLICA KNOCK to the
// primary, which may be pausing before its next attempt to connect.
func (s *Secondary) Tick(now time.Duration) (knock bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cur != nil && now-s.heard > s.patience() {
		s.log.Warn("replication: the primary is silent; closing its connection", zap.Duration("silent", now-s.heard))
		old := s.cur
		s.detach(now, old)
		old.kill()
	}
	if !s.stepped && now-s.started > s.opts.RecoverTimeout {
		s.log.Warn("recovery: not in step with the primary in time; serving the data that this node has", zap.Duration("after", s.opts.RecoverTimeout))
		s.step()
	}
	if s.cur != nil || now < s.knockAt {
		return false
	}
	if s.knockAt = now + knockEvery; s.opts.handed && s.count.Streams == s.opts.counts.Streams {
		s.knockAt = now + handedEvery
	}
	return true
}

// takerPatience is how long a primary that takes this node's data may seem silent. While much output waits to be sent to
// it none of its input is read, and the kernel reports write readiness only now and then.
const takerPatience = 10 * time.Second

// patience returns how long the primary may be silent. REQUIRES mu, and a stream.
func (s *Secondary) patience() time.Duration {
	limit := missedBeats * s.opts.Beat
	if s.cur.state == streamDonating {
		return max(limit, takerPatience)
	}
	return limit
}

// detach ends r if it is the current stream. REQUIRES mu.
func (s *Secondary) detach(now time.Duration, r *Stream) {
	if s.cur != r {
		return
	}
	s.cur, s.lost, s.knockAt = nil, now, now+knockEvery
	s.sync.active = false
}

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
