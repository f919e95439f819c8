package client

import (
	"context"
	"math/bits"
	"time"
)

// outcome is what an operation has been through.
type outcome struct {
	node     *node // asked last
	attempts int
	hedged   bool
	lost     bool          // an earlier attempt may have taken effect
	spent    time.Duration // waited in vain for answers
}

// failed notes that an attempt has failed.
func (o *outcome) failed(failure *Error) {
	o.spent += failure.Waited
	o.lost = o.lost || failure.kind&kUnknown != 0
}

// unsure returns e as the failure of a write of which an earlier attempt may have
// taken effect: that the last attempt did not is no comfort then.
func unsure(e *Error) *Error {
	if e.kind&kNotSent == 0 {
		return e
	}
	u := *e
	u.kind = e.kind&^kNotSent | kUnknown
	return &u
}

// overdue reports whether an operation without a deadline has waited for the whole
// read timeout after an attempt that failed so: then it does not try again.
func overdue(ctx context.Context, failure *Error) bool {
	_, has := ctx.Deadline()
	return !has && failure.kind&kTimeout != 0
}

// do carries out one request on one key. rq holds exactly one request; dst may
// be a buffer to append the value to.
func (c *Client) do(ctx context.Context, rq []request, dst []byte) (reply, error) {
	if c.opts.hooks != nil {
		return c.observed(ctx, rq, dst)
	}
	var o outcome
	r, err := c.route(ctx, rq, dst, &o)
	if err != nil {
		return r, err
	}
	return r, nil
}

func (c *Client) route(ctx context.Context, rq []request, dst []byte, o *outcome) (r reply, failure *Error) {
	if failure := rq[0].check(); failure != nil {
		return r, failure
	}
	if err := ctx.Err(); err != nil {
		return r, &Error{Op: rq[0].op, Err: err, kind: kNotSent | ctxKind(err)}
	}
	if c.closed.Load() {
		return r, closedError(rq[0].op)
	}
	reread := false
	for t := (*topology)(nil); t != c.topology.Load(); {
		// Again when the nodes that were asked have been replaced meanwhile.
		t = c.topology.Load()
		g := t.group(rq[0].key)
		switch {
		case rq[0].writes():
			r, failure = c.write(ctx, g, rq, o)
		case rq[0].primary:
			r, failure = c.readPrimary(ctx, g, rq, dst, o)
		default:
			r, failure = c.read(ctx, g, rq, dst, o)
		}
		if failure == nil && readOnly(r.err) && !reread {
			reread = true
			c.reread()
			continue
		}
		if failure == nil || failure.kind&kNotSent == 0 && rq[0].writes() || ctx.Err() != nil {
			break
		}
	}
	if failure == nil && r.err != nil {
		failure = o.node.refused(rq[0].op, r.err)
	}
	if failure != nil && o.lost && rq[0].writes() {
		failure = unsure(failure)
	}
	return r, failure
}

// refused wraps an error that the node answered with.
func (n *node) refused(op Op, err error) *Error {
	e := &Error{Op: op, Node: n.id, Address: n.address, Err: err}
	if se, ok := err.(*ServerError); ok {
		switch se.Code() {
		case "READONLY":
			e.kind = kReadOnly | kNotSent
		case "LOADING": // a node that recovers executes nothing
			e.kind = kUnavailable | kNotSent
		}
	}
	return e
}

// read asks members one after the other until one answers. Every member gets a
// second chance, since a connection may just have been replaced.
func (c *Client) read(ctx context.Context, g *group, rq []request, dst []byte, o *outcome) (r reply, failure *Error) {
	if c.opts.hedge && len(g.members) > 1 && rq[0].op == OpGet {
		return c.hedged(ctx, g, rq, dst, o)
	}
	return c.readFrom(ctx, g, rq, dst, g.reader(0), 0, o)
}

// readFrom asks the member at index i first, or the best one when i is negative,
// and then those that are not in tried.
func (c *Client) readFrom(ctx context.Context, g *group, rq []request, dst []byte, i int, tried uint64, o *outcome) (r reply, failure *Error) {
	for range min(c.opts.tries, 2) {
		for ; bits.OnesCount64(tried) < len(g.members); i = -1 {
			if i < 0 {
				i = g.reader(tried)
			}
			patience := g.patience(ctx, tried, c.opts.readTimeout, o.spent)
			tried |= 1 << i
			o.node = g.members[i]
			o.attempts++
			r, failure = o.node.attempt(ctx, rq, dst, patience)
			if failure == nil && !elsewhere(r.err) {
				return r, nil
			}
			if failure != nil {
				o.failed(failure)
			}
			if ctx.Err() != nil || c.closed.Load() {
				return r, failure
			}
		}
		if failure == nil || failure.kind&(kBusy|kTimeout) != 0 {
			break // after a read timeout there is no time for another one
		}
		tried = 0
	}
	return r, failure
}

// elsewhere reports whether another member may answer what this one could not.
func elsewhere(err error) bool {
	se, ok := err.(*ServerError)
	if !ok {
		return false
	}
	switch se.Code() {
	case "LOADING", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN":
		return true
	}
	return false
}

// write asks the primary. What surely did not reach it is tried again, and
// anything when the caller says that it is harmless. A primary that says that it
// is none makes the group's others be asked: roles have changed.
func (c *Client) write(ctx context.Context, g *group, rq []request, o *outcome) (r reply, failure *Error) {
	at := int(g.primary.Load())
	for range c.opts.tries {
		o.node = g.members[at]
		o.attempts++
		r, failure = o.node.attempt(ctx, rq, nil, 0)
		if failure == nil {
			break
		}
		o.failed(failure)
		again := failure.kind&kNotSent != 0 || rq[0].retry
		if !again || overdue(ctx, failure) || failure.kind&kBusy != 0 || ctx.Err() != nil || c.closed.Load() {
			return r, failure
		}
		if down := o.node.isDown(); down && len(g.members) == 1 {
			return r, failure
		}
	}
	if failure == nil && !readOnly(r.err) {
		return r, nil
	}
	return c.findPrimary(ctx, g, rq, at, r, failure, o)
}

func readOnly(err error) bool {
	se, ok := err.(*ServerError)
	return ok && se.Code() == "READONLY"
}

// findPrimary asks the other members whether they take writes now, those first
// that call themselves primary. It is used when the request did not take
// effect on the member at index at.
func (c *Client) findPrimary(ctx context.Context, g *group, rq []request, at int, r reply, failure *Error, o *outcome) (reply, *Error) {
	if failure != nil && failure.kind&kNotSent == 0 {
		return r, failure
	}
	for _, claims := range []bool{true, false} {
		for i, n := range g.members {
			if i == at || n.claimsPrimary() != claims || !n.usable() {
				continue
			}
			if failure != nil && !claims {
				continue // the primary is away, but nobody has taken its place
			}
			o.node = n
			o.attempts++
			r2, failed := n.attempt(ctx, rq, nil, 0)
			if failed != nil {
				o.failed(failed)
				if failed.kind&kNotSent == 0 {
					return r2, failed
				}
				continue
			}
			if readOnly(r2.err) {
				continue
			}
			g.primary.CompareAndSwap(int32(at), int32(i))
			return r2, nil
		}
	}
	o.node = g.members[at]
	return r, failure
}

// claimsPrimary reports whether the node called itself primary when it last
// greeted a connection.
func (n *node) claimsPrimary() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.role == "master"
}

func (n *node) isDown() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.down
}
