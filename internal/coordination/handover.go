package coordination

import (
	"context"
	"errors"
	"fmt"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/zap"

	"github.com/cachegopher/cachegopher/internal/epochs"
	"github.com/cachegopher/cachegopher/replica"
)

// Transfer gives the primary's key to another member, and returns the epoch in which that member leads. For its errors see
// MemberOptions.Transfer of package replica.
func (c *Coordinator) Transfer(epoch uint64, to string) (next uint64, err error) {
	c.mu.Lock()
	etcd, group := c.etcd, c.o.Self.Group
	if c.view == nil || etcd == nil || c.away != 0 {
		c.mu.Unlock()
		return 0, errors.New("etcd cannot be reached, and only it makes another primary")
	}
	p, last := c.view.primaries[group], c.view.last[group]
	heir, live := c.view.members[group][to]
	own := c.lease
	rival, rivalled := epochs.Rival(to, append(c.secondaries(), c.o.Self.ID))
	c.mu.Unlock()
	switch {
	case p.ID != c.o.Self.ID || p.lease != own || p.Epoch != epoch:
		return 0, fmt.Errorf("this node does not lead in etcd: %s does, in epoch %d", p.ID, p.Epoch)
	case !live || heir.lease == 0:
		return 0, fmt.Errorf("%s is not registered with etcd", to)
	case rivalled:
		return 0, fmt.Errorf("%s cannot lead: its epochs would be the same as those of %s", to, rival)
	}
	next = epochs.Next(max(epoch, last.Epoch), to)
	value := encode(primaryRecord{ID: to, Epoch: next, Instance: heir.Instance, Run: heir.Run})
	ctx, cancel := context.WithTimeout(context.Background(), c.o.FailoverAfter/3)
	defer cancel()
	answer, err := etcd.Txn(ctx).If(clientv3.Compare(clientv3.ModRevision(c.k.primary(group)), "=", p.revision),
		clientv3.Compare(clientv3.ModRevision(c.k.member(group, to)), "=", heir.revision)).
		Then(clientv3.OpPut(c.k.primary(group), value, clientv3.WithLease(heir.lease)), clientv3.OpPut(c.k.last(group), value)).Commit()
	switch {
	case err != nil:
		c.trouble("handing over", err)
		c.mu.Lock()
		c.applied = applied{} // the member must be told anew who leads
		c.mu.Unlock()
		wake(c.reload)
		return 0, fmt.Errorf("%w: %w", replica.ErrUncertain, err)
	case !answer.Succeeded:
		wake(c.reload)
		return 0, errors.New("etcd has changed meanwhile; try again")
	}
	r := primaryRecord{ID: to, Epoch: next, Instance: heir.Instance, Run: heir.Run, lease: heir.lease, revision: answer.Header.Revision}
	c.mu.Lock()
	if c.view.revision < r.revision {
		c.view.primaries[group], c.view.last[group] = r, r
	}
	c.mu.Unlock()
	wake(c.woken)
	return next, nil
}

// Led must be called when the member leads in an epoch that etcd may not know: a primary has handed over to it, members have
// told it of its last run, or an operator has promoted it by force. The next step registers the epoch. Only if it was
// promoted by force does it take writes without etcd's lease and without the word of its secondaries, while etcd is away.
func (c *Coordinator) Led(forced bool) {
	c.mu.Lock()
	if c.lease == 0 || c.away != 0 {
		c.unfenced, c.applied.ok = c.unfenced || forced, true
	}
	c.mu.Unlock()
	c.fence()
	wake(c.woken)
}

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

// revokeTimeout bounds how long a node that leaves waits for etcd, since it must end in time.
const revokeTimeout = time.Second

// Leave hands the group over if this node leads it, and removes the node from the cluster. Run must still be running.
func (c *Coordinator) Leave() {
	c.mu.Lock()
	group, etcd := c.o.Self.Group, c.etcd
	reached := c.view != nil && c.away == 0 && c.lease != 0
	named := reached && c.view.primaries[group].ID == c.o.Self.ID && c.view.primaries[group].lease == c.lease
	others := 0
	if c.view != nil {
		others = len(c.view.members[group]) - 1
	}
	c.mu.Unlock()
	// The old primary may have told this node that it leads a moment before etcd does.
	if reached && others > 0 && (named || c.o.State().Leads) {
		if err := c.handOver(); err != nil {
			c.log.Warn("coordination: this primary stops without having handed over", zap.Error(err))
		}
	}
	c.mu.Lock()
	lease := c.lease
	c.leaving = true
	c.mu.Unlock()
	if lease == 0 || etcd == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), min(c.o.FailoverAfter/4, revokeTimeout))
	defer cancel()
	if _, err := etcd.Revoke(ctx, lease); err != nil {
		c.log.Info("coordination: this node's lease could not be ended and runs out", zap.Error(err))
	}
}
