package coordination

import (
	"context"
	"errors"
	"strings"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/zap"

	"github.com/cachegopher/cachegopher/internal/epochs"
	"github.com/cachegopher/cachegopher/replica"
)

// Intervals of step, if nothing happens: restEvery while the member has the part that etcd gives it, so that an idle node
// costs next to nothing; tickEvery otherwise.
const (
	tickEvery = 250 * time.Millisecond
	restEvery = time.Second
)

// step gives the member the role that etcd names, or takes part in an election. It returns after how long to call it
// again, at the latest.
func (c *Coordinator) step(ctx context.Context) time.Duration {
	c.vouch()
	c.mu.Lock()
	v, group, stopping := c.view, c.o.Self.Group, c.stopping
	if v == nil {
		c.mu.Unlock()
		return c.withoutView()
	}
	p, there := v.primaries[group]
	lease, held := c.lease, c.holds
	if c.holds = 0; there && p.ID == c.o.Self.ID && p.lease == lease {
		c.holds = lease
	}
	changed := c.holds != held
	if there {
		c.absent = 0
	} else if c.absent == 0 {
		c.absent = c.now()
		c.timesAbsent++
	}
	newer := v.newer
	c.mu.Unlock()
	if changed {
		c.fence()
	}
	c.publish()
	c.keepSlots(ctx)
	switch {
	case newer != "":
		if c.due("newer") {
			c.log.Error("coordination: a member runs a newer version, whose data in etcd this one does not know; this node does not stand for primary",
				zap.String("member", newer), zap.String("do", "upgrade this node"))
		}
		if there && p.ID != c.o.Self.ID {
			c.obey(p)
		}
	case there:
		c.obeyOrAssert(ctx, p, lease)
		c.endElection(ctx) // after it: no stream of an earlier primary opens meanwhile
	case !stopping && lease != 0:
		return c.elect(ctx)
	}
	c.forget(ctx)
	if there && c.settled(p) {
		return restEvery
	}
	return tickEvery
}

// settled reports whether the member has the part that p gives it: it leads, or a stream from its primary is open. Whatever
// changes that wakes step.
func (c *Coordinator) settled(p primaryRecord) bool {
	state := c.o.State()
	epoch, primary := c.o.Member.Leadership()
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.applied.ok && epoch == p.Epoch && primary == p.ID && (state.Linked || state.Leads && c.holds != 0)
}

// obeyOrAssert follows p, or leads if p is this node. A member that knows a later epoch than etcd's takes precedence: it was
// promoted by force, or etcd's data was restored from an older copy.
func (c *Coordinator) obeyOrAssert(ctx context.Context, p primaryRecord, lease clientv3.LeaseID) {
	epoch, primary := c.o.Member.Leadership()
	self := c.o.Self.ID
	switch {
	case epochs.SameTerm(epoch, p.Epoch) && epoch > 0 && primary == self && p.ID != self && lease != 0:
		c.claim(ctx, epochs.Next(epoch, self), &p) // this node led first, and a member that had not heard of it was elected
	case epoch > p.Epoch && primary == self && lease != 0:
		c.claim(ctx, epoch, &p)
	case epoch > p.Epoch:
		if c.due("older") {
			c.log.Warn("coordination: etcd names a primary of an earlier epoch than the members know; waiting for the primary to register",
				zap.String("primary", primary), zap.Uint64("epoch", epoch), zap.String("in_etcd", p.ID), zap.Uint64("epoch_in_etcd", p.Epoch),
				zap.String("do", "nothing, unless this repeats: then PROMOTE a member"))
		}
	case p.ID == self && p.lease != lease: // the key of an earlier run: keep ends its lease
	default:
		c.obey(p)
	}
	c.suspect(ctx, p)
}

// obey tells the member who leads, unless it was told already.
func (c *Coordinator) obey(p primaryRecord) {
	c.mu.Lock()
	others := c.secondaries()
	is := applied{primary: primaryRecord{ID: p.ID, Epoch: p.Epoch}, others: strings.Join(others, " "), ok: true}
	was := c.applied
	c.mu.Unlock()
	if is == was {
		if epoch, primary := c.o.Member.Leadership(); epoch == p.Epoch && primary == p.ID {
			return
		}
	}
	var err error
	if p.ID == c.o.Self.ID {
		c.mu.Lock()
		c.applied.ok = true // the fence may ask the secondaries from now on
		c.mu.Unlock()
		c.fence()
		err = c.o.Member.Lead(p.Epoch, c.o.Self.Group, others)
		c.fence() // without a lease it goes by the secondaries' word, from now on
	} else {
		err = c.o.Member.Follow(p.Epoch, c.o.Self.Group, p.ID, append(others, c.o.Self.ID))
	}
	c.vouch()
	if err != nil {
		is = applied{}
		if !errors.Is(err, replica.ErrRecovering) && c.due(err.Error()) {
			c.log.Warn("coordination: this node cannot take the part that etcd gives it; it tries again", zap.String("primary", p.ID), zap.Uint64("epoch", p.Epoch), zap.Error(err))
		}
	}
	c.mu.Lock()
	if c.applied = is; is.ok && was.primary.Epoch != 0 && was.primary.Epoch != p.Epoch {
		c.changes++
	}
	c.mu.Unlock()
}

// withoutView gives the member its role by the config until etcd has been reached for the first time. It may take writes
// only if the config allows that. Members that know a later epoch correct it.
func (c *Coordinator) withoutView() time.Duration {
	c.mu.Lock()
	done, since := c.applied.ok, c.away
	others := c.secondaries()
	now := c.now()
	c.mu.Unlock()
	if done || since == 0 || now-since < time.Second {
		return tickEvery
	}
	g, ok := c.config().GroupOf(c.o.Self.ID)
	if !ok {
		return tickEvery
	}
	if c.o.Joined && len(others) == 0 {
		if c.due("joining") {
			c.log.Warn("coordination: etcd has not been reached since the start; this node joins its group once etcd answers", zap.String("do", "start etcd, or correct coordination.etcd"))
		}
		return tickEvery
	}
	leader := g.Leader
	switch epoch, primary := c.o.Member.Leadership(); {
	case epoch > 0:
		leader = primary
	case leader == c.o.Self.ID && len(others) > 0 && c.o.WithoutEtcd != "writable":
		leader = others[0] // it will name the primary
	}
	c.log.Warn("coordination: etcd has not been reached since the start; this node serves what its group's members have", zap.String("do", "start etcd, or correct coordination.etcd"))
	if leader == c.o.Self.ID {
		c.obey(primaryRecord{ID: leader})
	} else {
		c.obey(primaryRecord{ID: leader, Epoch: func() uint64 { e, _ := c.o.Member.Leadership(); return e }()})
	}
	return tickEvery
}
