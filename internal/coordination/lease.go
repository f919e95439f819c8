package coordination

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"time"

	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/zap"

	"github.com/cachegopher/cachegopher/internal/config"
)

// retryAfter is the pause between two attempts to reach etcd.
const retryAfter = 100 * time.Millisecond

// keep maintains this member's lease and its key until ctx is done.
func (c *Coordinator) keep(ctx context.Context) {
	for {
		pause := c.o.FailoverAfter / 3
		err := c.renew(ctx)
		var unknown *noGroupError
		if errors.As(err, &unknown) {
			c.o.NoGroup(unknown.groups)
			return
		}
		if err != nil {
			pause = retryAfter
			if ctx.Err() == nil {
				c.lost(err)
			}
		} else {
			c.found()
		}
		select {
		case <-ctx.Done():
			return
		case <-c.renewNow:
		case <-time.After(pause):
		}
	}
}

// renew renews the lease or, if there is none, registers the member. It creates etcd's client at the first call.
func (c *Coordinator) renew(ctx context.Context) error {
	c.mu.Lock()
	etcd, lease, leaving, away := c.etcd, c.lease, c.leaving, c.away != 0
	c.mu.Unlock()
	if leaving {
		return nil
	}
	if etcd == nil {
		var err error
		if etcd, err = clientv3.New(c.settings); err != nil {
			return fmt.Errorf("connecting: %w", err)
		}
		c.mu.Lock()
		c.etcd = etcd
		c.mu.Unlock()
		wake(c.reload)
	}
	if lease == 0 {
		return c.register(ctx, etcd)
	}
	bounded, cancel := c.request(ctx)
	defer cancel()
	if away {
		// Renewals that reach etcd, while its answers do not reach this node, would keep all members from leading. So etcd
		// must answer something before the lease is renewed.
		if _, err := etcd.Get(bounded, c.k.primary(c.o.Self.Group), clientv3.WithCountOnly()); err != nil {
			return fmt.Errorf("reading: %w", err)
		}
	}
	sent := c.now()
	ttl, err := c.renewals.renew(bounded, etcd, lease)
	if err == nil && ttl <= 0 {
		c.dropLease(lease)
		c.log.Warn("coordination: this node's lease has ended: it was silent for longer than failover_after, or etcd has lost data; it registers anew")
		return c.register(ctx, etcd)
	}
	if err != nil {
		return fmt.Errorf("renewing the lease: %w", err)
	}
	c.mu.Lock()
	if c.lease == lease {
		c.renewed = sent
	}
	c.mu.Unlock()
	c.fence()
	return nil
}

// dropLease forgets a lease that has ended, and fences at once.
func (c *Coordinator) dropLease(lease clientv3.LeaseID) {
	c.mu.Lock()
	if c.lease == lease {
		c.lease, c.holds, c.renewed = 0, 0, 0
	}
	c.mu.Unlock()
	c.fence()
	wake(c.reload)
}

// register gets a lease and puts the member's key on it.
func (c *Coordinator) register(ctx context.Context, etcd *clientv3.Client) error {
	ctx, cancel := context.WithTimeout(ctx, c.o.FailoverAfter)
	defer cancel()
	if err := c.checkGroup(ctx, etcd); err != nil {
		return err
	}
	sent := c.now()
	granted, err := etcd.Grant(ctx, int64((c.o.FailoverAfter+time.Second-1)/time.Second))
	if err != nil {
		return fmt.Errorf("getting a lease: %w", err)
	}
	s := c.o.Self
	r := memberRecord{Format: format, Addresses: s.Addresses, TLSAddress: s.TLSAddress, Zone: s.Zone, Version: c.o.Version, Joined: c.o.Joined}
	known := r
	r.Instance, r.Run = c.instance, c.o.Run
	own := c.k.member(s.Group, s.ID)
	puts := []clientv3.Op{clientv3.OpPut(own, encode(r), clientv3.WithLease(granted.ID))}
	if c.isNews(known) {
		puts = append(puts, clientv3.OpPut(c.k.known(s.Group, s.ID), encode(known)))
	}
	answer, err := etcd.Txn(ctx).If(clientv3.Compare(clientv3.CreateRevision(own), "=", 0)).Then(puts...).Else(clientv3.OpGet(own)).Commit()
	if err != nil || !answer.Succeeded {
		_, _ = etcd.Revoke(ctx, granted.ID) // if this fails, it expires
	}
	switch {
	case err != nil:
		return fmt.Errorf("registering: %w", err)
	case !answer.Succeeded:
		return c.replaceOld(ctx, etcd, answer, r)
	}
	c.mu.Lock()
	c.lease, c.renewed, c.taken = granted.ID, sent, false
	c.mu.Unlock()
	c.fence()
	c.o.Alone(true)
	c.log.Info("coordination: registered with etcd", zap.String("cluster", c.o.Cluster), zap.String("group", s.Group))
	wake(c.reload)
	return nil
}

// isNews reports whether etcd lacks r or has another record of the member.
func (c *Coordinator) isNews(r memberRecord) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.view == nil {
		return true
	}
	is := c.view.known[c.o.Self.Group][c.o.Self.ID]
	is.lease, is.revision = 0, 0
	return !reflect.DeepEqual(is, r)
}

var errTaken = errors.New("another node has this id")

// replaceOld deals with an existing key of this member: it revokes the lease of an earlier run of this node, and returns
// errTaken if another node has the id.
func (c *Coordinator) replaceOld(ctx context.Context, etcd *clientv3.Client, answer *clientv3.TxnResponse, own memberRecord) error {
	kvs := answer.Responses[0].GetResponseRange().Kvs
	if len(kvs) == 0 {
		return errTaken // it is gone meanwhile
	}
	v := newView()
	if err := v.apply(c.k, kvs[0], false); err != nil {
		c.log.Warn("coordination: a value in etcd makes no sense", zap.Error(err))
	}
	other := v.members[c.o.Self.Group][c.o.Self.ID]
	// This node listens at these addresses now, so the process that did so before has ended.
	if other.Instance == own.Instance || slices.Equal(other.Addresses, own.Addresses) {
		if _, err := etcd.Revoke(ctx, clientv3.LeaseID(kvs[0].Lease)); err != nil && !errors.Is(err, rpctypes.ErrLeaseNotFound) {
			return fmt.Errorf("ending the lease of this node's last run: %w", err)
		}
		return errTaken
	}
	return fmt.Errorf("%w: it is at %v", errTaken, other.Addresses)
}

// lost records that a request to etcd has failed.
func (c *Coordinator) lost(err error) {
	c.mu.Lock()
	taken := errors.Is(err, errTaken)
	if c.away == 0 && !taken {
		c.away = c.now()
		c.timesAway++
	}
	since, silent := c.now()-c.away, c.view == nil
	c.taken = c.taken || taken && err != errTaken
	other := c.taken
	unknown := c.lease == 0 && c.now()-c.started > time.Second && !(c.o.Joined && silent && len(c.secondaries()) == 0)
	c.mu.Unlock()
	c.fence()
	wake(c.woken)
	if other || unknown && !taken {
		c.o.Alone(!other)
	}
	switch {
	case taken && err != errTaken:
		if c.due("taken") {
			c.log.Warn("coordination: waiting: etcd knows another running node of this id; if it was this one at another address, its lease ends soon",
				zap.Error(err), zap.String("do", "if this repeats, give each node an id of its own, or each cluster a coordination.cluster of its own"))
		}
	case taken:
	case silent || since > c.o.FailoverAfter/3:
		c.trouble("keeping the lease", err)
	}
}

// found records that etcd answers.
func (c *Coordinator) found() {
	c.mu.Lock()
	since := c.away
	c.away, c.failsafe = 0, false
	c.unfenced = c.unfenced && c.lease == 0
	now := c.now()
	if since != 0 {
		clear(c.troubles)
	}
	c.mu.Unlock()
	c.fence()
	if since != 0 {
		wake(c.reload) // its data may be an older copy
		if now-since > c.o.FailoverAfter/3 {
			c.log.Info("coordination: etcd answers again", zap.Duration("after", now-since))
		}
	}
}

// guard keeps the fence up to date until ctx is done.
func (c *Coordinator) guard(ctx context.Context) {
	tick := time.NewTicker(min(c.o.Beat, 100*time.Millisecond))
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-c.refence:
		}
		c.fence()
	}
}

// SecondariesChanged must be called when a stream to a secondary has ended. It never blocks.
func (c *Coordinator) SecondariesChanged() { wake(c.refence) }

// margin is how long before the end of its lease a primary stops acknowledging: for clocks of different speeds, and for
// an acknowledgement that is on its way from the check of the fence to the socket.
func (c *Coordinator) margin() time.Duration { return c.o.FailoverAfter / 10 }

// fence sets the time until which the member may acknowledge writes.
func (c *Coordinator) fence() {
	leads := c.o.State().Leads
	now := c.now()
	recent := 2*c.o.Beat + 50*time.Millisecond // within this time a live secondary has answered a heartbeat
	f := c.o.Member.Following(now - recent)
	c.mu.Lock()
	defer c.mu.Unlock()
	until := time.Duration(1)
	if c.holds != 0 && c.holds == c.lease {
		until = c.renewed + c.o.FailoverAfter - c.margin()
	}
	safe := false
	lapsed := c.away != 0 || c.holds == 0 // etcd may answer so late that the lease ends before it is renewed
	if leads && lapsed && !c.leaving && c.applied.ok {
		switch {
		case c.away == 0 && c.o.WithoutEtcd != config.WithoutEtcdFailsafe:
		case c.unfenced || c.o.WithoutEtcd == config.WithoutEtcdWritable:
			until, safe = 0, true
		case c.o.WithoutEtcd == config.WithoutEtcdFailsafe && f.Confirm == f.All:
			c.extended = max(c.extended, now-recent+c.o.FailoverAfter-c.margin())
			safe = c.away != 0
		}
	}
	// A late answer ends nothing. But a secondary whose stream has ended has no writes acknowledged since, and may have left.
	if !leads || !lapsed || f.Connected < f.All {
		c.extended = 0
	} else if until != 0 { // until then no secondary stands for election
		until = max(until, c.extended)
	}
	if safe != c.failsafe {
		if c.failsafe = safe; safe {
			c.timesFailsafe++
			c.log.Warn("coordination: etcd is away; this primary takes writes without it", zap.Int("secondaries", f.All), zap.String("without_etcd", c.o.WithoutEtcd))
		} else if leads && c.away != 0 {
			c.log.Error("coordination: etcd is away and not all secondaries confirm that they follow: writes are refused once the lease ends",
				zap.Int("follow", f.Confirm), zap.Int("of", f.All), zap.String("do", "start etcd, or the members that are missing"))
		}
	}
	c.o.Member.Fence(until)
}

// secondaries returns the other members of this node's group, by etcd and the config. REQUIRES mu.
func (c *Coordinator) secondaries() []string {
	all := map[string]bool{}
	for _, s := range c.o.Config.Servers {
		if s.Group == c.o.Self.Group {
			all[s.ID] = true
		}
	}
	if c.view != nil {
		for id := range c.view.known[c.o.Self.Group] {
			all[id] = true
		}
		for id := range c.view.members[c.o.Self.Group] {
			all[id] = true
		}
	}
	delete(all, c.o.Self.ID)
	return slices.Sorted(maps.Keys(all))
}
