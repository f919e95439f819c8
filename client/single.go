package client

import "context"

// do carries out one request on one key. rq holds exactly one request; dst may
// be a buffer to append the value to.
func (c *Client) do(ctx context.Context, rq []request, dst []byte) (reply, error) {
	if c.opts.hooks != nil {
		return c.observed(ctx, rq, dst)
	}
	var a attempts
	r, err := c.route(ctx, rq, dst, &a)
	if err != nil {
		return r, err
	}
	return r, nil
}

// route sends the request to the group of its key.
func (c *Client) route(ctx context.Context, rq []request, dst []byte, a *attempts) (r reply, failure *Error) {
	if failure := rq[0].check(); failure != nil {
		return r, failure
	}
	if err := ctx.Err(); err != nil {
		return r, &Error{Op: rq[0].op, Err: err, kind: kNotSent | ctxKind(err)}
	}
	if c.closed.Load() {
		return r, closedError(rq[0].op)
	}
	a.client = c
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
			break
		}
	}
	if failure == nil && r.err != nil {
		failure = a.node.refused(rq[0].op, r.err)
	}
	return r, a.verdict(&rq[0], failure)
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
func (c *Client) ask(ctx context.Context, rq []request, dst []byte, a *attempts) (r reply, failure *Error) {
	for {
		got, failed := a.node.attempt(ctx, rq, dst, a.patience)
		a.note(failed)
		if a.counts(ctx, &rq[0], got.err, failed) {
			r, failure = got, failed
		}
		if !a.again(ctx, &rq[0], got.err, failed) {
			return r, failure
		}
		a.next(ctx)
	}
}
