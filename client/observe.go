package client

import (
	"context"
	"time"
)

// observe runs do, which carries out an operation on this many keys and fills in the
// event, and calls the hooks, if there are any.
func (c *Client) observe(ctx context.Context, op Op, keys int, do func(ctx context.Context, e *Event) error) error {
	e := Event{Op: op, Keys: keys}
	h := c.opts.hooks
	if h == nil {
		return do(ctx, &e)
	}
	ctx = h.Start(ctx, op)
	e.Start = time.Now()
	e.Err = do(ctx, &e)
	e.Duration = time.Since(e.Start)
	h.End(ctx, e)
	return e.Err
}

// asked records the node asked last and the number of attempts.
func (e *Event) asked(n *node, times int) {
	e.Attempts += times
	if n != nil {
		e.Node, e.Address = n.id, n.address
	}
}

// observed is route with hooks.
func (c *Client) observed(ctx context.Context, rq []request, dst []byte) (reply, error) {
	ctx = c.opts.hooks.Start(ctx, rq[0].op)
	start := time.Now()
	var a attempts
	r, failure := c.route(ctx, rq, dst, &a)
	e := Event{Op: rq[0].op, Keys: 1, Attempts: a.count, Hedged: a.hedged, Start: start,
		Duration: time.Since(start), BytesOut: rq[0].size() + len(rq[0].old), BytesIn: len(r.b) - len(dst)}
	if a.node != nil {
		e.Node, e.Address = a.node.id, a.node.address
	}
	if failure != nil {
		e.Err = failure
		e.BytesIn = 0
	} else if r.null() {
		e.BytesIn = 0
		if rq[0].op == OpGet {
			e.Err = a.node.notFound[OpGet]
		}
	}
	c.opts.hooks.End(ctx, e)
	if failure != nil {
		return r, failure
	}
	return r, nil
}
