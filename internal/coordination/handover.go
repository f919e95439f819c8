package coordination

import (
	"context"
	"errors"
	"fmt"

	clientv3 "go.etcd.io/etcd/client/v3"

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
