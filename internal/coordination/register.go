package coordination

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"

	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/zap"
)

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
	r := memberRecord{Format: format, Addresses: s.Addresses, TLSAddress: s.TLSAddress, Zone: s.Zone, Version: c.o.Version, Joined: c.o.Joined, Moves: true}
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
