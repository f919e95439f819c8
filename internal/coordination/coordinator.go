package coordination

import (
	"context"
	"crypto/rand"
	"sync"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/zap"

	"github.com/cachegopher/cachegopher/internal/topology"
)

// Coordinator takes part in the elections of a cluster for one node. Make one with New, and call Run. Safe for concurrent
// use.
type Coordinator struct {
	o        Options
	k        keys
	log      *zap.Logger
	instance string
	settings clientv3.Config
	woken    chan struct{}                                   // has an element when step must be called
	reload   chan struct{}                                   // has an element when the view must be read anew
	renewNow chan struct{}                                   // has an element when keep must be called
	refence  chan struct{}                                   // has an element when guard must be called
	ended    chan struct{}                                   // closed when Run returns
	spawn    func(func())                                    // starts a task
	pause    func(ctx context.Context, d time.Duration) bool // false: ctx is done
	await    func(done <-chan error, most time.Duration) error
	renewals renewals // only keep uses it

	mu       sync.Mutex
	etcd     *clientv3.Client // nil until etcd has been reached
	view     *view            // nil until it has been read; replaced or changed only with mu
	latest   Assignment       // of the highest version that was seen; what it refers to does not change
	lease    clientv3.LeaseID // 0: none; this member's key is on it
	holds    clientv3.LeaseID // if this node leads: the lease of the group's primary key; else 0
	elected  int64            // the primary key's revision when this node led without entries or a stored assignment; for step
	stopping bool             // Leave takes this node's key away: it is not to be registered anew
	taken    bool             // another running node has this node's id
	reread   bool             // etcd was away, and may have older data since: the view must be read anew before an election
	applied  applied
	changes  int64
	won      uint64 // see Won

	// These are by the member's clock.
	started time.Duration // when Run was called
	renewed time.Duration // when the last successful renewal was sent
	away    time.Duration // when etcd stopped answering; 0: it answers
	older   time.Duration // when etcd's data was found to be older than before; 0: never
	absent  time.Duration // when the group lost its primary's key; 0: it has one

	candidacy
	fencing
	departure
	suspicion

	timesAway, timesFailsafe, timesAbsent int64 // see Status

	gone       map[string]time.Duration // absent members, and when their absence was noticed
	goneGroups map[string]time.Duration // groups without members, likewise
	troubles   map[string]time.Time     // when each problem was last logged
	published  *publication
}

// applied is the leadership that the member was last given.
type applied struct {
	primary primaryRecord
	others  string
	ok      bool
}

// New returns a Coordinator that has not contacted etcd yet. It fails if files that the config names cannot be used.
func New(o Options) (*Coordinator, error) {
	s, err := settings(&o.Coordination)
	if err != nil {
		return nil, err
	}
	if o.Cut == nil {
		o.Cut = func(bool) {}
	}
	c := &Coordinator{
		o: o, k: keysOf(o.Cluster), log: o.Logger, instance: rand.Text(), settings: s,
		woken: make(chan struct{}, 1), reload: make(chan struct{}, 1), renewNow: make(chan struct{}, 1), refence: make(chan struct{}, 1),
		ended: make(chan struct{}),
		gone:  map[string]time.Duration{}, goneGroups: map[string]time.Duration{}, troubles: map[string]time.Time{},
	}
	c.spawn, c.pause, c.await = func(task func()) { go task() }, pause, await
	o.Member.Fence(1)       // nothing is acknowledged before there is a lease
	o.Member.Confirm(false) // see vouch
	return c, nil
}

// Run takes part until ctx is done. Call Leave before that, so that others take over at once.
func (c *Coordinator) Run(ctx context.Context) {
	defer close(c.ended)
	c.started = c.now()
	var all sync.WaitGroup
	all.Go(func() { repeat(ctx, c.renewNow, c.keep) })
	all.Go(func() { repeat(ctx, c.refence, c.guard) })
	all.Go(func() { c.watch(ctx) })
	repeat(ctx, c.woken, c.step)
	all.Wait()
	c.renewals.close()
	if c.etcd != nil {
		c.etcd.Close() //nolint:errcheck // no longer used
	}
}

// SetConfig replaces the config. Its roles are ignored.
func (c *Coordinator) SetConfig(t *topology.Topology) {
	c.mu.Lock()
	c.o.Config = t
	c.mu.Unlock()
	wake(c.woken)
}

// config returns the topology of the current config.
func (c *Coordinator) config() *topology.Topology {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.o.Config
}

// rest is how long a task waits that has nothing to do until it is woken.
const rest = time.Hour

// repeat calls task until ctx is done: at once, whenever woken has an element, and after the time that task has returned.
func repeat(ctx context.Context, woken <-chan struct{}, task func(context.Context) time.Duration) {
	for ctx.Err() == nil {
		timer := time.NewTimer(task(ctx))
		select {
		case <-ctx.Done():
		case <-woken:
		case <-timer.C:
		}
		timer.Stop()
	}
}

func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

func wake(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// now reads the member's clock, which advances while the process is stopped.
func (c *Coordinator) now() time.Duration { return max(c.o.Member.Elapsed(), 1) }

// request bounds one request to etcd.
func (c *Coordinator) request(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, c.o.FailoverAfter/3)
}

// repeatAfter is the least interval between two log lines about the same problem.
const repeatAfter = 30 * time.Second

// trouble logs an error of etcd and its remedy, at most once each repeatAfter.
func (c *Coordinator) trouble(doing string, err error) {
	if what, do := remedy(err); c.due(what) {
		if fault := c.handshake(); fault != nil { // etcd's client hides why it has no connection
			err = fault
			what, do = remedy(err)
		}
		c.log.Error("coordination: "+what+"; reads go on", zap.String("while", doing), zap.Error(err), zap.String("do", do))
	}
}

// due reports whether to log the problem what: it has not been logged within repeatAfter.
func (c *Coordinator) due(what string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Since(c.troubles[what]) < repeatAfter {
		return false
	}
	c.troubles[what] = time.Now()
	return true
}
