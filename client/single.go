package client

import "context"

// do carries out one request on one key. rq holds exactly one request; dst may
// be a buffer to append the value to.
//
// Where one member is certain to be asked first, it is asked from here, and route goes on only if it does not answer. The
// state of route is large, and so are the frames of its functions: many goroutines that wait with them on their stacks
// take more of the processor's caches than their requests do.
func (c *Client) do(ctx context.Context, rq []request, dst []byte) (r reply, err error) {
	if c.opts.hooks != nil {
		return c.observed(ctx, rq, dst)
	}
	t := c.topology.Load()
	g := t.group(rq[0].key)
	i := g.obvious(rq[0].access())
	if i < 0 || c.refuses(ctx, &rq[0]) != nil {
		return c.routed(ctx, rq, dst)
	}
	if failure := g.members[i].attemptInto(ctx, rq, dst, 0, &r); failure != nil || r.err != nil {
		return c.routedAfter(ctx, rq, dst, t, i, &r, failure)
	}
	return r, nil
}

// obvious returns the index of the member that next would choose first, if there it has no choice and would wait for the
// answer without limit; otherwise -1.
func (g *group) obvious(to access) int {
	switch i := int(g.primary.Load()); {
	case to == writes && !g.members[i].claimsSecondary():
		return i
	case to != writes && len(g.members) == 1:
		return 0
	}
	return -1
}

// began records that the member at index i has been asked first, as next would have chosen.
func (a *attempts) began(i int) {
	a.count, a.turns, a.first, a.at = 1, 1, i, i
	a.tried = 1 << i
	a.node = a.g.members[i]
}

// routed is route with a state of its own.
func (c *Client) routed(ctx context.Context, rq []request, dst []byte) (reply, error) {
	var a attempts
	r, failure := c.route(ctx, rq, dst, &a)
	if failure != nil {
		return r, failure
	}
	return r, nil
}

// routedAfter is routed after an attempt on an obvious member, the one at index i of its group in t, that ended with got or
// failure.
func (c *Client) routedAfter(ctx context.Context, rq []request, dst []byte, t *routing, i int, got *reply, failure *Error) (reply, error) {
	a := c.attempts(t.group(rq[0].key), rq[0].access())
	a.began(i)
	r, failure := c.askOn(ctx, rq, dst, &a, *got, failure)
	if a.moved(ctx, t, &rq[0], r.err, failure) {
		r, failure = c.rounds(ctx, rq, dst, &a)
	}
	if failure = a.result(&rq[0], r, failure); failure != nil {
		return r, failure
	}
	return r, nil
}

// refuses returns why the request cannot be sent at all, or nil.
func (c *Client) refuses(ctx context.Context, rq *request) *Error {
	if failure := rq.check(); failure != nil {
		return failure
	}
	if err := ctx.Err(); err != nil {
		return &Error{Op: rq.op, Err: err, kind: kNotSent | ctxKind(err)}
	}
	if c.closed.Load() {
		return closedError(rq.op)
	}
	return nil
}

// route sends the request to the group of its key.
func (c *Client) route(ctx context.Context, rq []request, dst []byte, a *attempts) (r reply, failure *Error) {
	if failure := c.refuses(ctx, &rq[0]); failure != nil {
		return r, failure
	}
	a.client = c
	r, failure = c.rounds(ctx, rq, dst, a)
	return r, a.result(&rq[0], r, failure)
}

// rounds sends the request to the group of its key, until it need not start over in the group that owns the key then.
func (c *Client) rounds(ctx context.Context, rq []request, dst []byte, a *attempts) (r reply, failure *Error) {
	for {
		doubted := c.opts.own.doubted()
		t := c.topology.Load()
		a.enter(t.group(rq[0].key), rq[0].access())
		if a.to == anyMember {
			a.barred = c.opts.own.lacking(a.g, &rq[0])
		}
		r, failure = c.try(ctx, rq, dst, a)
		if failure == nil && a.to == anyMember && doubted != c.opts.own.doubted() && len(a.g.members) > 1 {
			continue
		}
		if !a.moved(ctx, t, &rq[0], r.err, failure) {
			return r, failure
		}
	}
}

// result is what the request failed with, after its last attempt ended with r or failure; nil if it did not.
func (a *attempts) result(rq *request, r reply, failure *Error) *Error {
	if failure == nil && r.err != nil {
		failure = a.node.refused(rq.op, r.err)
	}
	return a.verdict(rq, failure)
}

// try sends the request to members of its group until one answers.
func (c *Client) try(ctx context.Context, rq []request, dst []byte, a *attempts) (reply, *Error) {
	if c.opts.hedge && a.to == anyMember && len(a.g.members) > 1 && rq[0].op == OpGet {
		return c.hedged(ctx, rq, dst, a)
	}
	a.next(ctx)
	return c.ask(ctx, rq, dst, a)
}

// ask sends the request to the member that was chosen, and to others as a says.
func (c *Client) ask(ctx context.Context, rq []request, dst []byte, a *attempts) (reply, *Error) {
	r, failure := a.node.attempt(ctx, rq, dst, a.patience)
	return c.askOn(ctx, rq, dst, a, r, failure)
}

// askOn is ask after the attempt on the member that was chosen, which ended with got or failed.
func (c *Client) askOn(ctx context.Context, rq []request, dst []byte, a *attempts, got reply, failed *Error) (r reply, failure *Error) {
	for {
		a.note(failed)
		if a.counts(ctx, &rq[0], got.err, failed) {
			r, failure = got, failed
		}
		if !a.again(ctx, &rq[0], got.err, failed) {
			return r, failure
		}
		a.next(ctx)
		got, failed = a.node.attempt(ctx, rq, dst, a.patience)
	}
}
