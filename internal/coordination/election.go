package coordination

import (
	"context"
	"math"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/cachegopher/cachegopher/internal/epochs"
)

// turn is how long a candidate waits for each better candidate to create the primary's key, and for each live member that
// has not published its candidacy.
const turn = 50 * time.Millisecond

// assertTime is how long a joining node without data, in multiples of failover_after, lets members that live register before
// it founds their group anew.
const assertTime = 2

// candidacy is this member's part in an election. Coordinator.mu guards it; times are by the member's clock.
type candidacy struct {
	stands   bool            // etcd has standing
	standing candidateRecord // what this member has published for the election after the epoch After
	stood    int64           // etcd's revision of that
	stoodAt  time.Duration   // when this member first stood in that election
	// The place in that election when turnOf last looked, and when that became worse.
	rank, missing int
	waitsFrom     time.Duration
	decided       int64 // etcd's revision by which turnOf looked
}

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
	reread := c.reread
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
	if reread {
		return tickEvery // the view comes before that
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
	now = c.now()
	due, knows := c.turnOf(now, own, last, others)
	if now < due {
		return due - now
	}
	c.claim(ctx, epochs.Next(max(last.Epoch, knows), self), nil)
	return turn
}

// turnOf returns when it is this candidate's turn to claim the primary's key, and the latest epoch that any candidate
// knows. A better candidate, or a live member, that turns up while this one waits gets as much time as if it had been
// there from the beginning.
func (c *Coordinator) turnOf(now time.Duration, own candidateRecord, last primaryRecord, others []string) (
	due time.Duration, knows uint64,
) {
	c.mu.Lock()
	defer c.mu.Unlock()
	group := c.o.Self.Group
	rank, missing := place(c.o.Self.ID, own, c.view.candidates[group], c.view.members[group])
	knows = own.Knows
	for _, other := range c.view.candidates[group] {
		knows = max(knows, other.Knows)
	}
	registered := true
	for _, id := range others {
		_, there := c.view.members[group][id]
		registered = registered && there
	}
	all := registered && missing == 0
	lags := own.lags() && last.ID != c.o.Self.ID // the last primary has what there is
	each := turn
	if !own.Complete {
		each = c.o.FailoverAfter / 2 // without data there is no hurry
	} else if lags {
		each = c.o.FailoverAfter // others are likely to have more; if a candidate dies, its lease ends by then
	}
	if rank > c.rank || missing > c.missing {
		c.waitsFrom = now
	}
	c.rank, c.missing, c.decided = rank, missing, c.view.revision
	due = max(c.stoodAt, c.waitsFrom) + time.Duration(rank)*each
	switch {
	case missing > 0 && !own.Complete: // who does not stand may follow a primary that etcd does not know, and leaves it first
		due += 4 * c.o.FailoverAfter
	case missing > 0 && lags:
		due += c.o.FailoverAfter
	case missing > 0:
		due += turn
	}
	if !own.Complete && !all && !(own.Prefer && last.ID == "") { // members with data, or preferred ones, get time to register
		due += c.o.FailoverAfter
	}
	if own.Complete && lags && !registered { // likewise, since this one may be just the first to start again
		due += c.o.FailoverAfter
	}
	if !own.Complete && c.o.Joined && last.ID == "" { // etcd may have lost the data of a group that this member does not know
		due += assertTime * c.o.FailoverAfter
	}
	return due, knows
}

// mayBeReplaced reports whether another member may lead in a later epoch although etcd says nothing of that: this primary
// was without a lease when etcd was found to have lost data, and not all of its secondaries confirm that they follow it.
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
	etcd, lease, seen := c.etcd, c.lease, c.view.revision
	c.mu.Unlock()
	if done {
		return true
	}
	bounded, cancel := c.request(ctx)
	defer cancel()
	key := c.k.candidate(c.o.Self.Group, c.o.Self.ID)
	answer, err := etcd.Put(bounded, key, encode(own), clientv3.WithLease(lease))
	if err != nil {
		c.trouble("standing in an election", err)
		return false
	}
	if answer.Header.Revision <= seen {
		c.foundOlder(answer.Header.Revision, seen)
		return false
	}
	c.mu.Lock()
	c.stood = answer.Header.Revision
	if !c.stands || c.standing.After != own.After {
		c.stoodAt, c.waitsFrom, c.rank, c.missing = now, 0, math.MaxInt, math.MaxInt // the first look makes nothing worse
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
