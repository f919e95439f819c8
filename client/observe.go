package client

import (
	"context"
	"time"
)

// observed is route with hooks.
func (c *Client) observed(ctx context.Context, rq []request, dst []byte) (reply, error) {
	ctx = c.opts.hooks.Start(ctx, rq[0].op)
	start := time.Now()
	var o outcome
	r, failure := c.route(ctx, rq, dst, &o)
	e := Event{Op: rq[0].op, Keys: 1, Attempts: o.attempts, Hedged: o.hedged, Start: start,
		Duration: time.Since(start), BytesOut: rq[0].size() + len(rq[0].old), BytesIn: len(r.b) - len(dst)}
	if o.node != nil {
		e.Node, e.Address = o.node.id, o.node.address
	}
	if failure != nil {
		e.Err = failure
		e.BytesIn = 0
	} else if r.null() {
		e.BytesIn = 0
		if rq[0].op == OpGet {
			e.Err = o.node.notFound[OpGet]
		}
	}
	c.opts.hooks.End(ctx, e)
	if failure != nil {
		return r, failure
	}
	return r, nil
}
