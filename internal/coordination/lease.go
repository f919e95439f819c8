package coordination

import (
	"context"
	"errors"
	"fmt"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/zap"
)

// retryAfter is the pause between two attempts to reach etcd.
const retryAfter = 100 * time.Millisecond

// keep maintains this member's lease and its key. It returns after how long to call it again, at the latest.
func (c *Coordinator) keep(ctx context.Context) time.Duration {
	began := c.now()
	err := c.renew(ctx)
	var unknown *noGroupError
	switch {
	case errors.As(err, &unknown):
		c.o.NoGroup(unknown.groups)
		return rest
	case err != nil:
		if ctx.Err() == nil {
			c.lost(err)
		}
		return retryAfter
	}
	c.found()
	// However late the answer was, the next renewal succeeds or fails before the fence.
	return max(began+c.o.FailoverAfter/3-c.now(), retryAfter)
}

// renew renews the lease or, if there is none, registers the member. It creates etcd's client at the first call.
func (c *Coordinator) renew(ctx context.Context) error {
	c.mu.Lock()
	etcd, lease, stopping, away := c.etcd, c.lease, c.stopping, c.away != 0
	c.mu.Unlock()
	if stopping {
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
	if leads, err := c.stillLeads(bounded, etcd, lease, sent); err != nil || !leads {
		return err
	}
	c.mu.Lock()
	if c.lease == lease {
		c.renewed = sent
	}
	c.mu.Unlock()
	c.fence()
	return nil
}

// stillLeads reports whether a renewal sent at that time may extend the fence of a primary. If it comes so late that the
// lease should have ended, another member may have been elected, and etcd restored from a copy that still has the lease:
// then the primary's key must be on it. At a secondary stillLeads returns true.
func (c *Coordinator) stillLeads(ctx context.Context, etcd *clientv3.Client, lease clientv3.LeaseID, sent time.Duration) (bool, error) {
	key := c.k.primary(c.o.Self.Group)
	c.mu.Lock()
	late := c.holds == lease && sent >= c.renewed+c.o.FailoverAfter-c.margin()
	c.mu.Unlock()
	if !late {
		return true, nil
	}
	answer, err := etcd.Get(ctx, key)
	if err != nil {
		return false, fmt.Errorf("reading: %w", err)
	}
	if len(answer.Kvs) == 1 && answer.Kvs[0].Lease == int64(lease) {
		return true, nil
	}
	wake(c.reload)
	return false, nil
}

// dropLease forgets a lease that has ended, and fences at once.
func (c *Coordinator) dropLease(lease clientv3.LeaseID) {
	c.mu.Lock()
	if c.lease == lease {
		c.lease, c.holds, c.renewed, c.stands = 0, 0, 0, false
	}
	c.mu.Unlock()
	c.fence()
	wake(c.reload)
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
		c.reread = true
		if c.absent != 0 { // the primary, too, may reach etcd only now: see leave
			c.absent = now
		}
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
