package coordination

import (
	"context"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/zap"
)

// turn is how long a candidate waits for each better candidate to create the primary's key, and for each live member that
// has not published its candidacy.
const turn = 50 * time.Millisecond

// assertTime is how long a joining node without data, in multiples of failover_after, lets members that live register before
// it founds their group anew.
const assertTime = 2

// elect makes this member a candidate while there is no primary's key. It returns after how long to call it again, at the
// latest.
func (c *Coordinator) elect(ctx context.Context) time.Duration {
	state := c.o.State()
	c.mu.Lock()
	group, self := c.o.Self.Group, c.o.Self.ID
	last := c.view.last[group]
	waits, now := c.now()-c.absent, c.now()
	again, live := c.view.members[group][last.ID]
	dead := c.dead == deadKey(last) || live && again.Instance != last.Instance
	others := c.secondaries()
	void := c.older != 0 && now-c.older < c.o.FailoverAfter
	later := c.older + c.o.FailoverAfter - now
	c.mu.Unlock()
	epoch, primary := c.o.Member.Leadership()
	if epoch > last.Epoch { // an older copy of etcd's data: what it says of the last primary is no longer so
		last.ID, dead = "", false
	}
	replaced := state.Leads && c.mayBeReplaced()
	if state.Leads && primary == self && epoch >= last.Epoch && !replaced { // its key is gone, and nobody else has taken its place
		c.claim(ctx, epoch, nil)
		return tickEvery
	}
	if void && (!state.Leads || replaced) { // another member may still acknowledge writes by a lease of which etcd knows nothing any more
		return later
	}
	if ok, later := c.mayStand(state, last, waits, dead); !ok {
		c.suspect(ctx, last)
		return later
	}
	own := candidateOf(state.Position)
	own.After, own.Knows = last.Epoch, epoch
	g, known := c.config().GroupOf(self)
	own.Prefer = known && g.Leader == self
	if !c.stand(ctx, own, now) {
		return retryAfter
	}
	c.mu.Lock()
	began := c.stoodAt
	rank, missing := place(self, own, c.view.candidates[group], c.view.members[group])
	knows := own.Knows
	for _, other := range c.view.candidates[group] {
		knows = max(knows, other.Knows)
	}
	all := missing == 0
	for _, id := range others {
		_, there := c.view.members[group][id]
		all = all && there
	}
	c.mu.Unlock()
	each := turn
	if !own.Complete {
		each = c.o.FailoverAfter / 2 // without data there is no hurry
	}
	due := began + time.Duration(rank)*each
	if missing > 0 && own.Complete {
		due += turn
	} else if missing > 0 { // who does not stand may follow a primary that etcd does not know, and leaves it first
		due += 4 * c.o.FailoverAfter
	}
	if !own.Complete && !all && !(own.Prefer && last.ID == "") { // members with data, or preferred ones, get time to register
		due += c.o.FailoverAfter
	}
	if !own.Complete && c.o.Joined && last.ID == "" { // etcd may have lost the data of a group that this member does not know
		due += assertTime * c.o.FailoverAfter
	}
	if now = c.now(); now < due {
		return due - now
	}
	c.claim(ctx, max(last.Epoch, knows, epoch)+1, nil)
	return turn
}

// mayBeReplaced reports whether another member may lead in a later epoch although etcd says nothing of that: this primary was
// without a lease when etcd was found to have lost data, and not all of its secondaries confirm that they follow it.
func (c *Coordinator) mayBeReplaced() bool {
	f := c.o.Member.Following(c.now() - c.recent())
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.older > c.fenced && f.Confirm < f.All
}

// mayStand reports whether this member may try to become the primary, and if not, after how long to ask again.
func (c *Coordinator) mayStand(s State, last primaryRecord, waits time.Duration, dead bool) (ok bool, again time.Duration) {
	switch {
	case s.Leads || last.ID == c.o.Self.ID || dead:
		return true, 0
	case c.leave(s, last, waits):
		return true, 0
	case s.Linked:
		return false, tickEvery
	case s.Heard < c.o.FailoverAfter && s.Position.Complete:
		return false, c.o.FailoverAfter - s.Heard
	}
	return true, 0
}

// stand publishes this member's candidacy, once in an election. It reports whether etcd has it.
func (c *Coordinator) stand(ctx context.Context, own candidateRecord, now time.Duration) bool {
	c.mu.Lock()
	done := c.stands && c.standing == own
	etcd, lease := c.etcd, c.lease
	c.mu.Unlock()
	if done {
		return true
	}
	bounded, cancel := c.request(ctx)
	defer cancel()
	key := c.k.candidate(c.o.Self.Group, c.o.Self.ID)
	if _, err := etcd.Put(bounded, key, encode(own), clientv3.WithLease(lease)); err != nil {
		c.trouble("standing in an election", err)
		return false
	}
	c.mu.Lock()
	if !c.stands || c.standing.After != own.After {
		c.stoodAt = now
	}
	c.stands, c.standing = true, own
	c.mu.Unlock()
	return true
}

// endElection withdraws this member's candidacy.
func (c *Coordinator) endElection(ctx context.Context) {
	c.stay()
	c.mu.Lock()
	stands, etcd := c.stands, c.etcd
	c.stands = false
	c.mu.Unlock()
	if !stands {
		return
	}
	bounded, cancel := c.request(ctx)
	defer cancel()
	_, _ = etcd.Delete(bounded, c.k.candidate(c.o.Self.Group, c.o.Self.ID)) // if this fails, it ends with the lease
}

// claim creates the primary's key for this node, or replaces old, unless the group's leadership in etcd has changed since
// the view was read.
func (c *Coordinator) claim(ctx context.Context, epoch uint64, old *primaryRecord) {
	c.mu.Lock()
	etcd, lease, group, self := c.etcd, c.lease, c.o.Self.Group, c.o.Self.ID
	last, leaving := c.view.last[group], c.leaving
	c.mu.Unlock()
	if lease == 0 || leaving {
		return
	}
	epoch = max(epoch, 1)
	free := clientv3.Compare(clientv3.CreateRevision(c.k.primary(group)), "=", 0)
	if old != nil {
		free = clientv3.Compare(clientv3.ModRevision(c.k.primary(group)), "=", old.revision)
	}
	value := encode(primaryRecord{ID: self, Epoch: epoch, Instance: c.instance, Run: c.o.Run})
	bounded, cancel := c.request(ctx)
	defer cancel()
	answer, err := etcd.Txn(bounded).If(free, clientv3.Compare(clientv3.ModRevision(c.k.last(group)), "=", last.revision),
		clientv3.Compare(clientv3.CreateRevision(c.k.member(group, self)), ">", 0)).
		Then(clientv3.OpPut(c.k.primary(group), value, clientv3.WithLease(lease)), clientv3.OpPut(c.k.last(group), value)).Commit()
	switch {
	case err != nil:
		c.trouble("becoming the primary", err)
		wake(c.reload)
	case !answer.Succeeded:
		wake(c.reload) // another member was faster
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
