package replica

import (
	"fmt"
	"strconv"
	"sync"
	"time"

	"go.uber.org/zap"
)

// SecondaryOptions describe a secondary to its replication.
type SecondaryOptions struct {
	Group, ID string
	Primary   string // id of its primary
	// Members are the ids of the group's nodes. Those may take this one's data: see Donor.
	Members []string
	Store   Store
	// Requests is like PrimaryOptions.Requests; nil: the secondary never says that clients use it.
	Requests func() int64
	Timing
	// Recover keeps the secondary from serving until it is in step with its primary,
	// or Timing.RecoverTimeout is over.
	Recover bool
	Logger  *zap.Logger // nil: none

	// Of the terms before.
	counts  SecondaryCounts
	refused *refusals // nil: new ones
}

// Secondary is what a secondary holds and hears of its primary. Safe for concurrent use.
type Secondary struct {
	opts   SecondaryOptions
	log    *zap.Logger
	served chan struct{} // closed once clients may be served
	ready  chan struct{} // closed once the secondary is worth being sent clients

	refused *refusals

	mu      sync.Mutex
	retired bool // it is no secondary of this primary any more
	serving bool // served is closed
	stepped bool // ready is closed
	started time.Duration
	pos     Position
	peers   []string // who else was in step with the primary when it was last heard
	mixed   bool     // entries are of two generations
	cur     *Stream  // from the primary; nil: none
	heard   time.Duration
	lost    time.Duration // when the last stream ended
	knockAt time.Duration // when to knock, if there is no stream by then
	lag     time.Duration // as the primary last told
	sync    syncProgress
	count   SecondaryCounts
}

// SecondaryCounts are events since the start.
type SecondaryCounts struct {
	FullSyncs, PartialSyncs, Streams int64
	Frames, Bytes                    int64 // applied
}

// syncProgress is how far the full sync that comes in is.
type syncProgress struct {
	active                 bool
	since, told            time.Duration // when it began, and when a line about it was last logged
	entries, arrived, size int64
	bytes                  int64
}

// NewSecondary returns a secondary that begins at now.
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

// Ready is closed once the secondary has been in step with its primary, or Timing.RecoverTimeout is over. Until then it
// may lack what its group holds, although it may serve already.
func (s *Secondary) Ready() <-chan struct{} { return s.ready }

func (s *Secondary) serve() {
	if !s.serving {
		s.serving = true
		close(s.served)
	}
}

// step lets the secondary serve, and count as ready. REQUIRES mu, and that it has not been called before.
func (s *Secondary) step() {
	s.stepped = true
	s.serve()
	close(s.ready)
}

// Resume sets what the store holds already, in a secondary that has not opened a
// stream yet.
func (s *Secondary) Resume(p Position) { s.pos = p }

// Open begins a stream: args are those of REPLICA STREAM after these two words. The
// answer is to be sent to the peer; with an error, one that says why not and after
// which the connection is to be closed. kill closes the connection from any goroutine.
func (s *Secondary) Open(now time.Duration, peer string, args []string, kill func()) (r *Stream, answer string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.retired {
		return nil, refusal(errRoleChanges), errRoleChanges
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

// check refuses a stream that is not for this secondary.
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

// knockEvery is how often a secondary without a stream says that it is there.
const knockEvery = time.Second

// Tick gives a primary up that is silent, and a recovery that takes too long. It
// is to be called a few times a second. knock says that the primary is to be told
// with REPLICA KNOCK that this node is there: it may be waiting to try again.
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
		s.log.Warn("recovery: not in step with the primary in time; serving what there is", zap.Duration("after", s.opts.RecoverTimeout))
		s.step()
	}
	if s.cur != nil || now < s.knockAt {
		return false
	}
	s.knockAt = now + knockEvery
	return true
}

// takerPatience is how long a primary that takes everything may seem silent. Nothing it says is read while much
// waits to be sent to it, and the system says only now and then that some of that is gone.
const takerPatience = 10 * time.Second

// patience is how long the primary may be silent. REQUIRES mu, and a stream.
func (s *Secondary) patience() time.Duration {
	limit := missedBeats * s.opts.Beat
	if s.cur.state == streamDonating {
		return max(limit, takerPatience)
	}
	return limit
}

// detach ends r if it is the stream. REQUIRES mu.
func (s *Secondary) detach(now time.Duration, r *Stream) {
	if s.cur != r {
		return
	}
	s.cur, s.lost, s.knockAt = nil, now, now+knockEvery
	s.sync.active = false
}

// Position is what the secondary holds.
func (s *Secondary) Position() Position {
	s.mu.Lock()
	defer s.mu.Unlock()
	pos := s.pos
	pos.Entries, _ = s.opts.Store.Size()
	return pos
}

// knownPeers are the ids of the others that were in step with what the secondary holds, as far as it knows.
func (s *Secondary) knownPeers() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.pos.Complete {
		return nil
	}
	return s.peers
}
