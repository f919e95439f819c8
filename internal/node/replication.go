package node

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"github.com/cachegopher/cachegopher/internal/config"
	"github.com/cachegopher/cachegopher/internal/logging"
	"github.com/cachegopher/cachegopher/internal/topology"
	"github.com/cachegopher/cachegopher/replica"
	"github.com/cachegopher/cachegopher/replica/move/drive"
	"github.com/cachegopher/cachegopher/ring"
	"github.com/cachegopher/cachegopher/server/session"
)

// replication is the node's part in its group. It connects a replica.Member with the topology, which decides the role, and
// with sessions and operators. It is nil for a node that is alone.
type replication struct {
	id       string
	started  time.Time
	silence  time.Duration // how long a node that takes this node's data may be silent
	clock    *replica.Clock
	sec      *security
	topology *topology.Live
	store    *replica.CacheStore
	effects  *replica.Log // what clients write while the node leads
	member   *replica.Member
	log      *zap.Logger
	sessions *session.Node // set by join

	coordinated coordinated
	gate        gate
	held        heldWrites
	tenures     tenures
	backing     *backing
	rebalancer  *rebalancer // nil: without etcd, slots do not move
	slots       slotCounter
	imports     imports
	mover       *drive.Mover                 // nil: without etcd, slots do not move
	suspended   atomic.Pointer[ring.SlotSet] // nil: none
	moveRate    func() int64                 // bytes a second that moves of slots may copy; 0: no limit
	republish   func()                       // passes the slots' owners on to sessions: Node.publishCluster
	publish     func()                       // and the topology's document: Node.publish
	closeLedger func() error                 // nil: there is no ledger
	restoring   func() bool                  // the start reads the snapshot
}

// newReplication returns nil for a node that is alone in its group. The node gets its role from join.
func newReplication(s *Setup, live *topology.Live, kept *kept, sec *security, b *backing, restoring func() bool, log *logging.Logger) (*replication, error) {
	n := s.Node
	if n.Role == config.Primary && len(n.Secondaries) == 0 && !s.File.Coordinated() || s.File == nil {
		return nil, nil
	}
	start, store := time.Now(), kept.store
	r := &replication{
		id: n.ID, started: start, silence: max(3*n.ReplicationHeartbeat, donorSilence), backing: b, sec: sec, log: log.Logger,
		store: replica.NewCacheStore(store), topology: live, restoring: restoring,
		clock: replica.NewClock(func() time.Duration { return time.Since(start) }),
	}
	r.gate.init(!s.File.Coordinated() && !restoring())
	var err error
	if r.effects, err = replica.NewLog(int(n.ReplicationLog), runtime.GOMAXPROCS(0)); err != nil {
		return nil, err
	}
	r.imports.cache, r.imports.log = store, r.effects
	ledger := r.openLedger(s)
	var transfer func(uint64, string) (uint64, error)
	if s.File.Coordinated() {
		transfer = r.transfer
	}
	r.member = replica.NewMember(replica.MemberOptions{
		ID: n.ID, Store: r.store, Log: r.effects, Ledger: ledger, Batch: int(n.ReplicationBatch), Recover: s.Recover,
		Coordinated: transfer != nil, Transfer: transfer,
		Timing: replica.Timing{Beat: beat(s), Delay: n.ReplicationDelay, RecoverTimeout: n.RecoverTimeout}, Settle: settleTimeout,
		Now: r.now, Gaps: r.clock.Gaps, Wall: store.Shards().Now, Elapsed: func() time.Duration { return time.Since(start) },
		Requests: func() int64 { return r.sessions.RequestBytes() },
		Admit:    r.admit, InStep: r.inStep, Fenced: r.fenced, Noted: r.noted, Changed: r.changed,
		Rand: rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64())), Logger: log.Logger,
	})
	switch {
	case kept.came:
		r.member.Return(kept.held)
		r.recall(s.Node.Group)
	case restoring():
		r.member.Return(replica.Kept{})
	}
	return r, nil
}

// recall passes on who led the group when the node's last process ended.
func (r *replication) recall(group string) {
	if epoch, leader := r.member.Leadership(); epoch > 0 {
		r.topology.Learn(group, epoch, leader)
	}
}

// now returns how long the node has run, without the time for which its process was suspended.
func (r *replication) now() time.Duration { return r.clock.Now() }

// options sets the options of sessions that concern replication.
func (r *replication) options(o *session.Options) {
	if r != nil {
		o.Replication, o.Effects, o.Flush = r, r.effects, r.flush
	}
}

// join gives the node the role that the topology says. Sessions reply LOADING until replication calls admit.
func (r *replication) join(s *Setup, sessions *session.Node) error {
	if r == nil {
		return nil
	}
	r.sessions = sessions
	r.held.set, r.held.limit = sessions.SetHeld, releaseAfter
	sessions.SetLoading(true)
	sessions.SetReadOnly(true)
	if s.File.Coordinated() || r.restoring() {
		return r.wait(r.topology.Now())
	}
	return r.obey(r.topology.Now())
}

// begin gives a node that has read its snapshot, written at this time, the role that the topology says, and lets clients
// in as the role allows. As a primary that recovers it asks the other members what they hold, and serves the snapshot
// only if they hold nothing. With etcd, which gives it its role, its data count as older than any that was kept in
// memory.
func (r *replication) begin(written time.Time) error {
	if r.coordinated.by.Load() != nil {
		r.member.Loaded(written.UnixMilli())
		return nil
	}
	err := r.obey(r.topology.Now())
	r.gate.set(true, r.apply)
	return err
}

// take applies another topology: the node's role, the group's members and their addresses. After an error nothing has
// changed.
func (r *replication) take(now *topology.Topology) error {
	if c := r.coordinated.by.Load(); c != nil {
		c.SetConfig(now)
		return nil
	}
	base, before := r.topology.Base(), r.topology.Now()
	if g, ok := now.GroupOf(r.id); ok { // it may have another name now
		epoch, leader := r.member.Leadership()
		r.topology.Learn(g.Name, epoch, leader)
	}
	if err := r.obey(r.topology.Set(now)); err != nil { // set first, since links to new members are dialed at once
		r.topology.Set(base)
		return err
	}
	r.reconnect(before, now)
	r.logDifference()
	return nil
}

// reconnect has a primary connect anew to secondaries whose addresses have changed.
func (r *replication) reconnect(before, now *topology.Topology) {
	p, _ := r.member.Part()
	if p == nil {
		return
	}
	for _, id := range topology.Moved(before, now) {
		p.Reconnect(id)
	}
}

// obey makes the node lead its group or follow, as t says.
func (r *replication) obey(t *topology.Topology) error {
	g, ok := t.GroupOf(r.id)
	if !ok {
		return fmt.Errorf("there is no server %s", r.id)
	}
	epoch, leader := r.member.Leadership()
	if epoch <= g.Epoch {
		epoch, leader = g.Epoch, g.Leader
	}
	if leader == r.id {
		_, follows := r.member.Part()
		err := r.member.Lead(epoch, g.Name, g.Others(r.id))
		if err == nil && follows != nil && epoch == 0 {
			r.tenures.began(0, byConfig)
		}
		return err
	}
	return r.member.Follow(epoch, g.Name, leader, g.Members())
}

// watch applies changes of source until ctx is done.
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
			r.log.Error("cannot apply a changed topology; the old one stays in force", zap.Error(err))
		}
	})
}

// run replicates until ctx is done.
func (r *replication) run(ctx context.Context) {
	if r == nil {
		return
	}
	var all sync.WaitGroup
	if c := r.coordinated.by.Load(); c != nil {
		all.Go(func() { c.Run(ctx) })
		all.Go(func() { r.mover.Run(ctx) })
	}
	r.member.Run(ctx, r.dial)
	all.Wait()
}
