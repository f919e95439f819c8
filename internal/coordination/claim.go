package coordination

import (
	"context"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/zap"

	"github.com/cachegopher/cachegopher/internal/epochs"
)

// claim creates the primary's key for this node, or replaces old, unless the group's leadership in etcd has changed since
// the view was read.
func (c *Coordinator) claim(ctx context.Context, epoch uint64, old *primaryRecord) {
	c.mu.Lock()
	etcd, lease, group, self := c.etcd, c.lease, c.o.Self.Group, c.o.Self.ID
	last, stopping, stands, stood := c.view.last[group], c.stopping, c.stands, c.stood
	lags, decided := c.standing.lags(), c.decided
	c.mu.Unlock()
	if lease == 0 || stopping {
		return
	}
	if epoch == 0 { // this is the config's primary
		epoch = epochs.Next(0, self)
	}
	known, primary := c.o.Member.Leadership()
	isNew := known != epoch || primary != self
	if isNew && !c.unrivalled() {
		return
	}
	free := clientv3.Compare(clientv3.CreateRevision(c.k.primary(group)), "=", 0)
	if old != nil {
		free = clientv3.Compare(clientv3.ModRevision(c.k.primary(group)), "=", old.revision)
	}
	value := encode(primaryRecord{ID: self, Epoch: epoch, Instance: c.instance, Run: c.o.Run})
	bounded, cancel := c.request(ctx)
	defer cancel()
	conditions := []clientv3.Cmp{free, clientv3.Compare(clientv3.ModRevision(c.k.last(group)), "=", last.revision),
		clientv3.Compare(clientv3.CreateRevision(c.k.member(group, self)), ">", 0)}
	elected := stands && old == nil && isNew
	if elected { // etcd may have been restored from a copy that was made before the election
		conditions = append(conditions, clientv3.Compare(clientv3.ModRevision(c.k.candidate(group, self)), "=", stood))
	}
	if elected && lags { // changes may reach this member late: who has registered or stood since then may have later data
		for _, of := range []string{c.k.member(group, ""), c.k.candidate(group, "")} {
			conditions = append(conditions, clientv3.Compare(clientv3.ModRevision(of), "<", decided+1).WithPrefix())
		}
	}
	answer, err := etcd.Txn(bounded).If(conditions...).
		Then(clientv3.OpPut(c.k.primary(group), value, clientv3.WithLease(lease)), clientv3.OpPut(c.k.last(group), value)).
		Else(clientv3.OpGet(c.k.member(group, self)), clientv3.OpGet(c.k.candidate(group, self))).Commit()
	switch {
	case err != nil:
		c.trouble("becoming the primary", err)
		wake(c.reload)
	case !answer.Succeeded && elected && forgotten(answer, lease, stood):
		c.foundOlder(answer.Header.Revision, stood)
	case !answer.Succeeded:
		wake(c.reload) // another member was faster, or the view is too old
	default:
		c.log.Info("coordination: this node leads its group", zap.String("group", group), zap.Uint64("epoch", epoch))
		r := primaryRecord{ID: self, Epoch: epoch, Instance: c.instance, Run: c.o.Run, lease: lease, revision: answer.Header.Revision}
		c.mu.Lock()
		if last.ID != "" && last.ID != self {
			c.won = epoch
		}
		if c.view.revision < r.revision {
			c.view.primaries[group], c.view.last[group] = r, r
		}
		c.mu.Unlock()
		wake(c.woken)
	}
}

// forgotten reports whether etcd, in a failed claim, has the member on its lease but not the candidacy of revision stood.
func forgotten(answer *clientv3.TxnResponse, lease clientv3.LeaseID, stood int64) bool {
	if len(answer.Responses) < 2 {
		return false
	}
	member, candidacy := answer.Responses[0].GetResponseRange().GetKvs(), answer.Responses[1].GetResponseRange().GetKvs()
	return len(member) > 0 && member[0].Lease == int64(lease) && (len(candidacy) == 0 || candidacy[0].ModRevision != stood)
}

// unrivalled reports whether this member may lead in a new epoch: no other member of its group may lead in the same ones
// (package epochs). The config rules that out for the members that it has, but nodes that join are in no config.
func (c *Coordinator) unrivalled() bool {
	c.mu.Lock()
	rival, is := epochs.Rival(c.o.Self.ID, c.secondaries())
	c.mu.Unlock()
	if is && c.due("rival") {
		c.log.Error("coordination: the epochs of this node and of another member would be the same, so neither of them can become the primary",
			zap.String("member", rival), zap.String("do", "give one of the two another id"))
	}
	return !is
}
