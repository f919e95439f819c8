package node

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"runtime"
	"time"

	"github.com/cachegopher/cachegopher/internal/config"
	"github.com/cachegopher/cachegopher/internal/logging"
	"github.com/cachegopher/cachegopher/lru"
	"github.com/cachegopher/cachegopher/replica"
	"github.com/cachegopher/cachegopher/server/session"
)

// replication is the node's part in its group: a primary with its log, or a secondary. It is what
// sessions and operators see of package replica.
type replication struct {
	clock     *replica.Clock
	node      config.Node
	sec       *security
	servers   topology
	store     *replica.CacheStore
	log       *replica.Log // of a primary
	primary   *replica.Primary
	secondary *replica.Secondary
	traffic   func() int64 // see replica.PrimaryOptions.Requests; set before anything is replicated
}

// tickEvery is how often a secondary looks whether its primary is silent.
const tickEvery = 100 * time.Millisecond

// newReplication returns nil for a node that is alone in its group.
func newReplication(s *Setup, store *lru.Cache, sec *security, log *logging.Logger) (*replication, error) {
	n := s.Node
	if n.Role == config.Primary && len(n.Secondaries) == 0 || s.File == nil {
		return nil, nil
	}
	start := time.Now()
	clock := replica.NewClock(func() time.Duration { return time.Since(start) })
	r := &replication{clock: clock, node: n, sec: sec, store: replica.NewCacheStore(store)}
	r.servers.set(s.File)
	timing := replica.Timing{Beat: n.ReplicationHeartbeat, Delay: n.ReplicationDelay, RecoverTimeout: n.RecoverTimeout}
	if n.Role == config.Secondary {
		r.secondary = replica.NewSecondary(replica.SecondaryOptions{
			Group: n.Group, ID: n.ID, Primary: n.Primary, Members: r.servers.members(n.Group), Store: r.store,
			Requests: r.requests,
			Timing:   timing, Recover: s.Recover, Logger: log.Logger,
		}, r.now())
		return r, nil
	}
	var err error
	if r.log, err = replica.NewLog(int(n.ReplicationLog), runtime.GOMAXPROCS(0)); err != nil {
		return nil, err
	}
	r.primary = replica.NewPrimary(replica.PrimaryOptions{
		Group: n.Group, ID: n.ID, Secondaries: n.Secondaries, Store: r.store, Log: r.log,
		Requests: r.requests, Batch: int(n.ReplicationBatch), Timing: timing, Recover: s.Recover, Gaps: clock.Gaps, Logger: log.Logger,
		Wall: func() int64 { return time.Now().UnixMilli() },
		Rand: rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64())),
	}, r.now())
	return r, nil
}

// now is how long the node has run, without the time for which it was stopped.
func (r *replication) now() time.Duration { return r.clock.Now() }

func (r *replication) requests() int64 { return r.traffic() }

// options puts the node's part in what sessions are told.
func (r *replication) options(o *session.Options) {
	if r == nil {
		return
	}
	o.Replication = r
	if r.primary != nil {
		o.Effects = r.log
	}
}

// serving is closed once clients may be served.
func (r *replication) serving() <-chan struct{} {
	switch {
	case r == nil:
		return always
	case r.primary != nil:
		return r.primary.Serving()
	}
	return r.secondary.Serving()
}

// ready is closed once the node is worth being sent clients, which is never before serving: a secondary may serve before
// it is in step, but is not ready.
func (r *replication) ready() <-chan struct{} {
	if r == nil || r.primary != nil {
		return r.serving()
	}
	return r.secondary.Ready()
}

// always is closed.
var always = func() chan struct{} { c := make(chan struct{}); close(c); return c }()

// loading says that clients may not be served yet.
func (r *replication) loading() bool { return !closed(r.serving()) }

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// run replicates until ctx is done.
func (r *replication) run(ctx context.Context) {
	if r == nil {
		return
	}
	go r.clock.Run(ctx)
	switch {
	case r.primary != nil:
		runner := replica.Runner{Primary: r.primary, Dial: r.dial, Clock: r.now}
		runner.Run(ctx)
	default:
		r.follow(ctx)
	}
}

// follow looks after a secondary until ctx is done.
func (r *replication) follow(ctx context.Context) {
	tick := time.NewTicker(tickEvery)
	defer tick.Stop()
	knocked := make(chan struct{}, 1) // one knock at a time
	for ctx.Err() == nil {
		if r.secondary.Tick(r.now()) {
			select {
			case knocked <- struct{}{}:
				go func() {
					r.knock(ctx)
					<-knocked
				}()
			default:
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
		}
	}
}

// knockTimeout bounds an attempt to tell the primary that this node is there.
const knockTimeout = 2 * time.Second

// knock tells the primary that this node is there. What goes wrong is not said: a primary that is away is
// found in the lines about streams, and one that does not know this node says so when it refuses the stream.
func (r *replication) knock(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, knockTimeout)
	defer cancel()
	conn, err := r.dial(ctx, r.node.Primary)
	if err != nil {
		return
	}
	defer conn.Close() //nolint:errcheck // of no use any more
	defer endWith(ctx, conn)()
	_, _ = ask(conn, "REPLICA", "KNOCK", r.node.Group, r.node.ID)
}

// settleTimeout is how long a primary that stops waits for its secondaries to have everything. Those in step confirm
// within milliseconds; on a busy machine they may take longer, and what they lack then is lost.
const settleTimeout = 2 * time.Second

// settle waits until the secondaries that are in step have everything, and returns false if they do not within limit.
func (r *replication) settle(limit time.Duration) bool {
	if r == nil || r.primary == nil {
		return true
	}
	done := make(chan struct{})
	cancel := r.primary.Wait(r.primary.Offset(), r.primary.Acked(0), func() { close(done) })
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
	n, ok := r.servers.server(id)
	if !ok {
		return nil, fmt.Errorf("the config has no server %s", id)
	}
	var errs []error
	for _, a := range n.Addresses {
		conn, err := r.sec.dial(ctx, n, a)
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
	case r.loading():
		if r.primary != nil {
			if why := r.primary.Status(r.now()).Holding; why != "" {
				return fmt.Errorf("recovering: waits for members that may have the group's data: %s", why)
			}
		}
		return errors.New("recovering: the node's data is being taken from its group")
	case !closed(r.ready()):
		return errors.New("not in step with the primary yet: the node answers, but may lack what its group holds")
	}
	return nil
}

// Leads reports whether the node is its group's primary. One that is alone is.
func (r *replication) Leads() bool { return r == nil || r.primary != nil }

// Mark, Acked and Wait are those of a primary.
func (r *replication) Mark() (term, offset uint64) { return 1, r.primary.Offset() }

func (r *replication) Acked(_, offset uint64) (n int, ok bool) { return r.primary.Acked(offset), true }

func (r *replication) Wait(_, offset uint64, n int, done func()) (cancel func()) {
	return r.primary.Wait(offset, n, done)
}

func (r *replication) Pause(id string, paused bool) error {
	switch {
	case r.primary == nil:
		return fmt.Errorf("this node is a secondary; ask its primary, %s", r.node.Primary)
	case paused:
		return r.primary.Pause(id)
	}
	return r.primary.Resume(id)
}

// Serve has a primary that waits for members of its group serve without them.
func (r *replication) Serve() error {
	if r.primary == nil {
		return fmt.Errorf("this node is a secondary; ask its primary, %s", r.node.Primary)
	}
	return r.primary.GiveUp(r.now())
}

// Knock lets a secondary of this node say that it is there.
func (r *replication) Knock(group, id string) error {
	if r.primary == nil {
		return fmt.Errorf("this node is a secondary; its primary is %s", r.node.Primary)
	}
	return r.primary.Knock(group, id)
}

// Open lets the primary of this node take over a connection.
func (r *replication) Open(peer string, args []string, kill func()) (session.Stream, string, error) {
	if r.secondary == nil {
		answer, err := r.primary.Refuse(r.now(), peer)
		return nil, answer, err
	}
	s, answer, err := r.secondary.Open(r.now(), peer, args, kill)
	if err != nil {
		return nil, answer, err
	}
	return &stream{s, r}, answer, nil
}

// Take lets a node of the group that is to be its primary take what this one holds.
func (r *replication) Take(peer string, args []string, kill func()) (session.Stream, string, error) {
	var d *replica.Donor
	var answer string
	var err error
	if r.secondary != nil {
		d, answer, err = r.secondary.Take(r.now(), peer, args)
	} else {
		d, answer, err = r.primary.Take(r.now(), peer, args)
	}
	if err != nil {
		return nil, answer, err
	}
	return newDonor(d, max(3*r.node.ReplicationHeartbeat, donorSilence), kill), answer, nil
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

// progress is the bytes that a node that recovers has taken so far.
func (r *replication) progress() int64 {
	switch {
	case r == nil:
		return 0
	case r.primary != nil:
		return r.primary.Status(r.now()).Fetching.Bytes
	}
	return r.secondary.Status(r.now()).Counts.Bytes
}
