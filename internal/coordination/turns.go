package coordination

import (
	"context"
	"time"

	"go.etcd.io/etcd/api/v3/etcdserverpb"
	"go.etcd.io/etcd/api/v3/mvccpb"
	clientv3 "go.etcd.io/etcd/client/v3"
)

// Surroundings are what a simulation provides: an etcd, and time.
type Surroundings struct {
	KV    etcdserverpb.KVClient
	Lease etcdserverpb.LeaseClient
	Go    func(func())             // starts a task
	Pause func(time.Duration) bool // of the task that calls it; false: the task is to end
}

// Turns runs a Coordinator in a simulation. Each call does what a task of Run does between two waits. It uses no goroutine
// and reads no clock but Member.Elapsed, so equal calls have equal effects. Two calls may overlap only while one waits for etcd.
type Turns struct{ *Coordinator }

// NewTurns returns Turns of a new Coordinator.
func NewTurns(o Options, in Surroundings) (Turns, error) {
	c, err := New(o)
	if err != nil {
		return Turns{}, err
	}
	c.etcd = &clientv3.Client{KV: clientv3.NewKVFromKVClient(in.KV, nil), Lease: clientv3.NewLeaseFromLeaseClient(in.Lease, nil, 0)}
	c.renewals.leases = in.Lease
	c.started = c.now()
	c.spawn = in.Go
	c.pause = func(_ context.Context, d time.Duration) bool { return in.Pause(d) }
	c.await = func(done <-chan error, most time.Duration) error {
		for until := c.now() + most; len(done) == 0; {
			if c.now() >= until || !in.Pause(time.Millisecond) {
				return errNobodyTookOver
			}
		}
		return <-done
	}
	return Turns{c}, nil
}

// Keep, Guard and Decide do what Run repeats. They return after how long to call them again, at the latest.
func (t Turns) Keep(ctx context.Context) time.Duration { return t.keep(ctx) }

// Guard is described at Keep.
func (t Turns) Guard(ctx context.Context) time.Duration { return t.guard(ctx) }

// Decide is described at Keep.
func (t Turns) Decide(ctx context.Context) time.Duration { return t.step(ctx) }

// Read reads the view, as follow does first. It returns etcd's revision, after which Apply continues.
func (t Turns) Read(ctx context.Context) (revision int64, err error) {
	v, err := t.read(ctx, t.etcd)
	if err != nil {
		return 0, err
	}
	return v.revision, nil
}

// Apply applies changes that etcd has reported.
func (t Turns) Apply(revision int64, events []*mvccpb.Event) {
	w := clientv3.WatchResponse{Header: &etcdserverpb.ResponseHeader{Revision: revision}}
	for _, e := range events {
		w.Events = append(w.Events, (*clientv3.Event)(e))
	}
	t.applyChanges(w)
}

// Compare does what follow does now and then: see compare.
func (t Turns) Compare(ctx context.Context) { _ = t.compare(ctx, t.etcd) } // it always returns nil

// Asked reports, and forgets, which tasks have been asked for a turn.
func (t Turns) Asked() (decide, read, keep, guard bool) {
	return drain(t.woken), drain(t.reload), drain(t.renewNow), drain(t.refence)
}

func drain(c chan struct{}) bool {
	if len(c) == 0 { // cheaper than select
		return false
	}
	select {
	case <-c:
		return true
	default:
		return false
	}
}
