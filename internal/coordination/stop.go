package coordination

import (
	"context"
	"errors"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/zap"
)

// handOverTimeout bounds how long a stopping primary waits for its successor. It looks for one every handOverRetry.
const (
	handOverTimeout = time.Second
	handOverRetry   = 5 * time.Millisecond
)

var errNobodyTookOver = errors.New("nobody has taken over in time")

// await returns what comes from done, or errNobodyTookOver if nothing comes within most.
func await(done <-chan error, most time.Duration) error {
	select {
	case err := <-done:
		return err
	case <-time.After(most):
		return errNobodyTookOver
	}
}

// handOver hands the group over to any member. A primary that leads since a moment ago may have no secondary in step yet,
// but writes that no other member has: so it tries until one is, within handOverTimeout.
func (c *Coordinator) handOver() (err error) {
	for until := c.now() + handOverTimeout; ; {
		done := make(chan error, 1)
		c.o.Member.HandOver("", func(err error) { done <- err })
		if err = c.await(done, until-c.now()); err == nil || !c.o.State().Leads || c.now() >= until {
			return err
		}
		if !c.pause(context.Background(), handOverRetry) {
			return err
		}
	}
}

// revokeTimeout bounds how long a node that leaves waits for each answer of etcd, since it must end in time.
const revokeTimeout = time.Second

// Leave hands the group over if this node leads it, and removes the node from the cluster. Run must still be running.
func (c *Coordinator) Leave() {
	for until := c.now() + handOverTimeout; c.resign() && !c.withdraw() && c.now() < until; {
		// Another primary has just handed over to this node, which learns of it by a message or by etcd's change.
		for !c.o.State().Leads && c.now() < until && c.pause(context.Background(), handOverRetry) {
		}
	}
	c.mu.Lock()
	etcd, lease := c.etcd, c.lease
	c.stopping = true
	c.mu.Unlock()
	if lease == 0 || etcd == nil {
		return
	}
	ctx, cancel := c.leaveRequest()
	defer cancel()
	if _, err := etcd.Revoke(ctx, lease); err != nil {
		c.log.Info("coordination: this node's lease could not be ended and runs out", zap.Error(err))
	}
}

// leaveRequest bounds a request to etcd of a node that leaves.
func (c *Coordinator) leaveRequest() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), min(c.o.FailoverAfter/4, revokeTimeout))
}

// resign hands the group over if this node leads it. It reports whether the node does not lead then, as far as it knows,
// and others could still hand over to it.
func (c *Coordinator) resign() bool {
	c.mu.Lock()
	group := c.o.Self.Group
	reached := c.view != nil && c.away == 0 && c.lease != 0
	named := reached && c.view.primaries[group].ID == c.o.Self.ID && c.view.primaries[group].lease == c.lease
	others := reached && len(c.view.members[group]) > 1
	c.mu.Unlock()
	// The old primary may have told this node that it leads a moment before etcd does.
	if others && (named || c.o.State().Leads) {
		if err := c.handOver(); err != nil {
			c.log.Warn("coordination: this primary stops without having handed over", zap.Error(err))
			return false
		}
	}
	return others
}

// withdraw removes this member's key, after which nobody hands over to it. It reports false if somebody already has, by
// what etcd says; then the key stays.
func (c *Coordinator) withdraw() bool {
	c.mu.Lock()
	etcd, lease, group := c.etcd, c.lease, c.o.Self.Group
	c.stopping = true // the key is not to be registered anew
	c.mu.Unlock()
	ctx, cancel := c.leaveRequest()
	defer cancel()
	answer, err := etcd.Txn(ctx).If(clientv3.Compare(clientv3.LeaseValue(c.k.primary(group)), "!=", lease)).
		Then(clientv3.OpDelete(c.k.member(group, c.o.Self.ID))).Commit()
	if err != nil || answer.Succeeded {
		return true // without an answer, all that is left is to end the lease
	}
	c.mu.Lock()
	c.stopping = false
	c.mu.Unlock()
	return false
}
