package client

import (
	"context"
	"time"
)

// moved reports whether a failed request should start over in the group that owns its key
// now: the topology has changed, nodes say that it has, or they refused a write and the
// config names others. t is the topology that the request used.
func (a *attempts) moved(ctx context.Context, t *routing, rq *request, answer error, failure *Error) bool {
	switch {
	case failure == nil && misrouted(answer):
		return a.reroutes(ctx, t, answer)
	case failure == nil && !refusal(answer):
		return false
	case failure == nil && readOnly(answer) && !a.reread:
		a.reread = true
		a.client.reread()
	case ctx.Err() != nil:
		return false
	case failure != nil && failure.kind&kNotSent == 0 && rq.writes():
		return rq.retry && a.awaits(ctx, failure)
	}
	return a.client.topology.Load() != t || a.awaits(ctx, failure)
}

// awaits waits, after a write was refused (failure is nil) or could not be sent, until another primary of the group is
// known or may be by now, and reports whether to start over in the group. The wait ends with the context or, if that has
// no deadline, after the read timeout.
func (a *attempts) awaits(ctx context.Context, failure *Error) bool {
	switch {
	case a.restart:
		return true // another request of the batch has waited
	case a.to == anyMember || a.client.closed.Load() || failure != nil && failure.kind&(kUnavailable|kTimeout) == 0:
		return false
	case int(a.g.primary.Load()) != a.first: // another one is known already
	case !a.anotherMayCome(failure) || !a.timeLeft(ctx):
		return false
	default:
		a.client.awaitTopology(ctx, a.g)
	}
	a.restart = ctx.Err() == nil
	return a.restart
}

// reroutes waits, after a node answered that its group does not own the key's slot or cannot execute the request yet, until
// the client knows a topology other than t or should try again all the same, and reports whether to start over. The wait
// ends with the context or, if that has no deadline, after the read timeout.
func (a *attempts) reroutes(ctx context.Context, t *routing, answer error) bool {
	c := a.client
	switch {
	case c.opts.onTopology == nil || !c.follow.informed() && !a.g.othersUnqueried(-1):
		return a.redirected(ctx, answer) // the nodes do not say who owns what
	case a.restart:
		return true // another request of the batch has waited
	case c.closed.Load():
		return false
	case c.topology.Load() != t:
	case !a.timeLeft(ctx):
		return false
	default:
		c.awaitTopology(ctx, a.g)
	}
	a.restart = ctx.Err() == nil
	return a.restart
}

// anotherMayCome reports whether it is of use to wait for another primary. After a refusal it is wherever nodes say who
// leads: a primary that hands over refuses writes a moment before the next one takes them, and one that has restarted
// refuses them until it has recovered. If the primary is unreachable, it is only where somebody chooses another, or while
// a member that may know of another has not been asked yet.
func (a *attempts) anotherMayCome(failure *Error) bool {
	if a.client.opts.onTopology != nil && a.g.othersUnqueried(a.first) {
		return true
	}
	known, failsOver := a.client.follow.knows(a.g)
	return a.to == writes && known && (failure == nil || failsOver)
}

// timeLeft reports whether there is time to wait for a primary.
func (a *attempts) timeLeft(ctx context.Context) bool {
	if a.until.IsZero() {
		var has bool
		if a.until, has = ctx.Deadline(); !has {
			a.until = time.Now().Add(a.client.opts.readTimeout)
		}
	}
	return time.Until(a.until) > askPause
}

// elsewhere reports whether another member may be able to answer where this one could not.
func (a *attempts) elsewhere(answer error) bool {
	if answer == nil {
		return false
	}
	switch code := codeOf(answer); a.to {
	case anyMember:
		return code == "LOADING" || code == "MASTERDOWN" || misrouted(answer)
	case writes:
		return code == "READONLY" || a.search != noSearch && refusal(answer)
	}
	return false
}
