package node

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"runtime"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"github.com/cachegopher/cachegopher/internal/config"
	"github.com/cachegopher/cachegopher/internal/logging"
	"github.com/cachegopher/cachegopher/internal/topology"
	"github.com/cachegopher/cachegopher/lru"
	"github.com/cachegopher/cachegopher/replica"
	"github.com/cachegopher/cachegopher/server/session"
)

// replication is the node's part in its group: what sessions and operators see of package replica, and what connects
// that with the topology. nil: the node is alone.
type replication struct {
	id       string
	silence  time.Duration // of a node that takes this one's data, at most
	clock    *replica.Clock
	sec      *security
	topology atomic.Pointer[topology.Topology]
	store    *replica.CacheStore
	effects  *replica.Log // of what clients write while the node leads
	member   *replica.Member
	log      *zap.Logger
	sessions *session.Node // set by join
}

// newReplication returns nil for a node that is alone in its group. join gives the node its role.
func newReplication(s *Setup, store *lru.Cache, sec *security, log *logging.Logger) (*replication, error) {
	n := s.Node
	if n.Role == config.Primary && len(n.Secondaries) == 0 || s.File == nil {
		return nil, nil
	}
	start := time.Now()
	r := &replication{
		id: n.ID, silence: max(3*n.ReplicationHeartbeat, donorSilence), sec: sec, log: log.Logger, store: replica.NewCacheStore(store),
		clock: replica.NewClock(func() time.Duration { return time.Since(start) }),
	}
	r.topology.Store(topology.Of(s.File))
	var err error
	if r.effects, err = replica.NewLog(int(n.ReplicationLog), runtime.GOMAXPROCS(0)); err != nil {
		return nil, err
	}
	r.member = replica.NewMember(replica.MemberOptions{
		ID: n.ID, Store: r.store, Log: r.effects, Batch: int(n.ReplicationBatch),
		Requests: func() int64 { return r.sessions.Traffic() }, Gaps: r.clock.Gaps, Now: r.now,
		Wall:    func() int64 { return time.Now().UnixMilli() },
		Rand:    rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64())),
		Timing:  replica.Timing{Beat: n.ReplicationHeartbeat, Delay: n.ReplicationDelay, RecoverTimeout: n.RecoverTimeout},
		Recover: s.Recover, Settle: settleTimeout, Admit: r.admit, Logger: log.Logger,
	})
	return r, nil
}

// now is how long the node has run, without the time for which it was stopped.
func (r *replication) now() time.Duration { return r.clock.Now() }

// options puts the node's part in what sessions are told.
func (r *replication) options(o *session.Options) {
	if r != nil {
		o.Replication, o.Effects = r, r.effects
	}
}

// join gives the node the role that the topology has for it. Until then sessions answer nothing.
func (r *replication) join(sessions *session.Node) error {
	if r == nil {
		return nil
	}
	r.sessions = sessions
	sessions.SetLoading(true)
	sessions.SetReadOnly(true)
	return r.obey(r.topology.Load())
}

// admit lets sessions answer, and write, or not.
func (r *replication) admit(serves, writes bool) {
	if !writes {
		r.sessions.SetReadOnly(true)
	}
	r.sessions.SetLoading(!serves)
	if writes {
		r.sessions.SetReadOnly(false)
	}
}

// take takes up another topology: the role that it has for this node, new members of the group, those that are gone, and
// those with other addresses. On an error nothing changes.
func (r *replication) take(now *topology.Topology) error {
	before := r.topology.Swap(now) // first: links to new members are dialed at once
	if err := r.obey(now); err != nil {
		r.topology.Store(before)
		return err
	}
	if p, _ := r.member.Part(); p != nil {
		for _, id := range topology.Moved(before, now) {
			p.Reconnect(id)
		}
	}
	return nil
}

// obey has the node lead its group or follow.
func (r *replication) obey(t *topology.Topology) error {
	g, ok := t.GroupOf(r.id)
	switch {
	case !ok:
		return fmt.Errorf("there is no server %s", r.id)
	case g.Leader == r.id:
		return r.member.Lead(g.Name, g.Followers)
	}
	return r.member.Follow(g.Name, g.Leader, g.Members())
}

// watch takes up what source says, until ctx is done.
func (r *replication) watch(ctx context.Context, source topology.Source) {
	if r == nil || source == nil {
		return
	}
	source.Watch(ctx, func() {
		now, err := source.Read()
		if err == nil {
			err = r.take(now)
		}
		if err != nil {
			r.log.Error("the topology stays the old one", zap.Error(err))
		}
	})
}

// served is closed once clients have been served, ready once the node has been worth being sent clients.
func (r *replication) served() <-chan struct{} {
	if r == nil {
		return always
	}
	return r.member.Served()
}

func (r *replication) ready() <-chan struct{} {
	if r == nil {
		return always
	}
	return r.member.Ready()
}

// always is closed.
var always = func() chan struct{} { c := make(chan struct{}); close(c); return c }()

// run replicates until ctx is done.
func (r *replication) run(ctx context.Context) {
	if r == nil {
		return
	}
	go r.clock.Run(ctx)
	r.member.Run(ctx, r.dial)
}

// settleTimeout is how long a primary that stops, or that is to follow another one, waits for its secondaries to have
// everything. Those in step confirm within milliseconds; on a busy machine they may take longer, and what they lack then
// is lost.
const settleTimeout = 2 * time.Second

// settle waits until the secondaries of p that are in step have everything, and returns false if they do not within limit.
func settle(p *replica.Primary, limit time.Duration) bool {
	done := make(chan struct{})
	cancel := p.Wait(p.Offset(), p.Acked(0), func() { close(done) })
	defer cancel()
	select {
	case <-done:
		return true
	case <-time.After(limit):
		return false
	}
}

// dial connects to the server called id at the first of its addresses that answers.
func (r *replication) dial(ctx context.Context, id string) (net.Conn, error) {
	s, ok := r.topology.Load().Server(id)
	if !ok {
		return nil, fmt.Errorf("the config has no server %s", id)
	}
	var errs []error
	for _, a := range s.Addresses {
		conn, err := r.sec.dial(ctx, s, a)
		if err == nil {
			return conn, nil
		}
		errs = append(errs, err)
	}
	return nil, errors.Join(errs...)
}

func where(address string) string { _, w := config.SplitAddress(address); return w }

// notReady says why the node should not be sent clients; nil when it may be.
func (r *replication) notReady() error {
	switch {
	case r == nil:
		return nil
	case !r.member.Serves():
		if p, _ := r.member.Part(); p != nil {
			if why := p.Status(r.now()).Holding; why != "" {
				return fmt.Errorf("recovering: waits for members that may have the group's data: %s", why)
			}
		}
		return errors.New("recovering: the node's data is being taken from its group")
	case !r.member.IsReady():
		return errors.New("not in step with the primary yet: the node answers, but may lack what its group holds")
	}
	return nil
}

// What follows is session.Replication.

func (r *replication) Leads() bool { return r == nil || r.member.Leads() }

func (r *replication) Mark() (term, offset uint64) { return r.member.Mark() }

func (r *replication) Acked(term, offset uint64) (n int, ok bool) {
	return r.member.Acked(term, offset)
}

func (r *replication) Wait(term, offset uint64, n int, done func()) (cancel func()) {
	return r.member.Wait(term, offset, n, done)
}

func (r *replication) Pause(id string, paused bool) error { return r.member.Pause(id, paused) }

func (r *replication) Serve() error { return r.member.GiveUp() }

func (r *replication) Knock(group, id string) error { return r.member.Knock(group, id) }

func (r *replication) Open(peer string, args []string, kill func()) (session.Stream, string, error) {
	s, answer, err := r.member.Open(peer, args, kill)
	if err != nil {
		return nil, answer, err
	}
	return &stream{s, r}, answer, nil
}

func (r *replication) Take(peer string, args []string, kill func()) (session.Stream, string, error) {
	d, answer, err := r.member.Take(peer, args)
	if err != nil {
		return nil, answer, err
	}
	return newDonor(d, r.silence, kill), answer, nil
}

// progress is the bytes that a node that recovers has taken so far.
func (r *replication) progress() int64 {
	if r == nil {
		return 0
	}
	p, s := r.member.Part()
	switch {
	case p != nil:
		return p.Status(r.now()).Fetching.Bytes
	case s != nil:
		return s.Status(r.now()).Counts.Bytes
	}
	return 0
}

// stream tells a replica.Stream the time.
type stream struct {
	*replica.Stream
	r *replication
}

func (s *stream) Run(in, out []byte, limit int) (used int, reply []byte, err error) {
	return s.Stream.Run(s.r.now(), in, out, limit)
}

func (s *stream) Close() { s.Stream.Close(s.r.now()) }
