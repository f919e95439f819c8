package client

import (
	"context"
	"math/bits"
	"time"
)

// access says which members of a group may carry out a request.
type access uint8

const (
	anyMember   access = iota // a read
	onlyPrimary               // a read that must see the latest write
	writes                    // the primary, or the member that has taken its place
)

// readRounds is the most rounds that a read makes of the members: a second one because a
// connection may just have been replaced.
const readRounds = 2

// attempts is the retry rule: it yields the member to ask next and how long to wait for
// it, and decides whether another attempt is safe. Single requests, hedged reads, scans
// and the parts of a batch all go through it. A request that moves to another group, after
// a reload, begins there with enter.
//
// There is no back-off here: an attempt on a member without a connection waits for the
// next one, and connections are made after a back-off of their own (see backoff).
type attempts struct {
	client *Client

	// Since the request began.
	node   *node // asked last; nil before the first attempt
	count  int   // attempts
	hedged bool
	reread bool          // the config was read again because nodes refused the write
	lost   bool          // a write may have taken effect
	spent  time.Duration // waited in vain for answers
	until  time.Time     // when to stop waiting for a primary; zero: no wait has begun
	sent   int           // how often redirected has sent the request elsewhere
	whole  bool          // the read timeout bounds all attempts together, even if the context has a deadline

	// In the present group.
	g        *group
	to       access
	limit    int    // most attempts on the primary, or most rounds of a read
	turns    int    // attempts on the primary, or rounds, so far
	tried    uint64 // members asked in this round, and those that may not be
	barred   uint64 // members that may not answer a read: see ownWrites
	stale    bool   // a member answered MOVED to a read: ask the primary, which knows best, before others
	at       int    // index of node
	first    int    // index of the known primary
	search   search
	then     int           // index of the member to ask next in a search
	unlikely bool          // by its role, the member that is asked does not take writes
	patience time.Duration // how long to wait for node; 0: until the context or the connection ends
	restart  bool          // the wait for a primary is over: enter the group again
}

// attempts begins a request that goes to g.
func (c *Client) attempts(g *group, to access) attempts {
	a := attempts{client: c}
	a.enter(g, to)
	return a
}

// enter starts over in g.
func (a *attempts) enter(g *group, to access) {
	a.g, a.to, a.limit = g, to, a.client.opts.tries
	a.turns, a.tried, a.barred, a.search, a.patience, a.restart, a.stale = 0, 0, 0, noSearch, 0, false, false
}

// next chooses the member to ask. It is called first, and whenever again returns true.
func (a *attempts) next(ctx context.Context) {
	a.count++
	switch a.to {
	case anyMember:
		a.tried |= a.barred
		if a.turns == 0 || !a.untried() {
			a.turns++
			a.tried = a.barred
		}
		a.patience = a.wait(ctx, a.tried)
		a.at = a.g.reader(a.tried)
		if p := int(a.g.primary.Load()); a.stale && a.tried>>p&1 == 0 {
			a.at = p
		}
	case onlyPrimary:
		if a.turns == 0 {
			a.first = int(a.g.primary.Load())
		}
		a.turns++
		a.at = a.g.source()
	case writes:
		switch {
		case a.search != noSearch:
			a.at = a.then
		case a.turns == 0:
			a.first = int(a.g.primary.Load())
			a.at = a.first
		}
		a.turns++
		a.unlikely = a.g.members[a.at].claimsSecondary()
	}
	a.tried |= 1 << a.at
	a.node = a.g.members[a.at]
}

// also records that the member at index i is asked in parallel with node.
func (a *attempts) also(i int) {
	a.count++
	a.hedged = true
	a.tried |= 1 << i
}

// note records what a failed attempt cost.
func (a *attempts) note(failure *Error) {
	if failure != nil {
		a.spent += failure.Waited
		a.lost = a.lost || a.to == writes && failure.kind&kUnknown != 0
	}
}

// again reports whether to try rq again after an attempt that ended with failure or, if
// that is nil, with the error reply answer, if any. In a batch it is called for each
// request of the attempt, after counts.
//
// A write with an unknown outcome is tried again only if the caller allows it.
func (a *attempts) again(ctx context.Context, rq *request, answer error, failure *Error) bool {
	if failure == nil && !a.elsewhere(answer) || ctx.Err() != nil || a.client.closed.Load() {
		return false
	}
	if failure == nil && a.to == anyMember {
		if codeOf(answer) == "MOVED" { // a secondary learns of a moved slot later than its primary
			a.stale = true
			return a.node != a.g.writer() && a.untried()
		}
		a.node.health.postpone()
	}
	switch a.to {
	case anyMember:
		return a.untried() || failure != nil && failure.kind&(kBusy|kTimeout) == 0 && a.turns < min(a.limit, readRounds)
	case onlyPrimary:
		return failure.kind&(kBusy|kTimeout) == 0 && a.turns < a.limit && !a.node.isDown()
	}
	return a.writeAgain(ctx, rq, failure)
}

// verdict returns the error for a request whose last attempt ended with failure.
func (a *attempts) verdict(rq *request, failure *Error) *Error {
	if failure != nil && a.lost && rq.writes() {
		return unsure(failure)
	}
	return failure
}

// unsure turns "not sent" into an unknown outcome, for a write of which an earlier attempt
// may have taken effect.
func unsure(e *Error) *Error {
	if e.kind&kNotSent == 0 {
		return e
	}
	u := *e
	u.kind = e.kind&^kNotSent | kUnknown
	return &u
}

// untried reports whether a read has members left to ask in this round.
func (a *attempts) untried() bool { return bits.OnesCount64(a.tried) < len(a.g.members) }

// wait returns how long to wait for one member before asking the next: an equal share of
// the time left until the deadline or, without one, of the read timeout. 0 means as long
// as the connection lasts: for the last member, which the deadline bounds, and for the
// only usable one.
func (a *attempts) wait(ctx context.Context, tried uint64) time.Duration {
	left := 0
	for i, n := range a.g.members {
		if tried>>i&1 == 0 && n.usable() {
			left++
		}
	}
	d, has := ctx.Deadline()
	if left <= 1 && (has && !a.whole || a.spent == 0) {
		return 0
	}
	timeout := a.client.opts.readTimeout
	budget := timeout - a.spent
	if has {
		if !a.whole {
			budget = timeout
		}
		budget = min(budget, time.Until(d))
	}
	return max(budget/time.Duration(max(left, 1)), time.Millisecond)
}
