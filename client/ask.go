package client

import (
	"context"
	"errors"
	"time"
)

// attempt sends the request to the node once. failure says whether the request may
// have taken effect; an error reply of the node is in r. patience, unless it is 0, bounds
// the wait for the reply; when it is over, failure matches ErrTimeout and ErrUnknown.
func (n *node) attempt(ctx context.Context, rq []request, dst []byte, patience time.Duration) (r reply, failure *Error) {
	failure = n.attemptInto(ctx, rq, dst, patience, &r)
	return r, failure
}

// attemptInto is attempt with the reply in r, where it need not be copied from one stack frame to the next. REQUIRES: r is
// zero; after a failure it still is.
func (n *node) attemptInto(ctx context.Context, rq []request, dst []byte, patience time.Duration, r *reply) *Error {
	cl := newCall(nil)
	c, err := n.connOf(ctx, cl)
	if err != nil {
		cl.release()
		return n.noConn(rq[0].op, err)
	}
	return n.askInto(ctx, c, cl, rq, dst, patience, r)
}

// ask is attempt on a given connection of the node.
func (n *node) ask(ctx context.Context, c *conn, rq []request, dst []byte, patience time.Duration) (r reply, failure *Error) {
	failure = n.askInto(ctx, c, newCall(nil), rq, dst, patience, &r)
	return r, failure
}

// askInto is ask with a new call, which it takes over, and with the reply in r, as attemptInto.
func (n *node) askInto(ctx context.Context, c *conn, cl *call, rq []request, dst []byte, patience time.Duration, r *reply) (failure *Error) {
	cl.one[0].b = dst
	cl.limit = patience
	done, err := c.send(ctx, cl, rq)
	if err != nil {
		cl.release()
		return n.notQueued(rq[0].op, c, err)
	}
	if !done {
		if err := cl.wait(ctx, patience); err != nil {
			started := cl.begun
			if cl.abandon() {
				return n.gaveUp(rq[0].op, c, started, err)
			}
		}
	}
	if cl.err != nil {
		failure = n.broken(rq[0].op, c, cl)
	} else {
		*r = cl.one[0]
		n.answered()
		if cl.sampled {
			n.latency.add(time.Since(cl.started))
		}
	}
	cl.release()
	return failure
}

// noConn is the error for a node without a connection. It depends on cause alone, since
// the context may have ended later.
func (n *node) noConn(op Op, cause error) *Error {
	e := &Error{Op: op, Node: n.id, Address: n.address, Err: cause, kind: kNotSent}
	switch w, waited := cause.(waitError); {
	case waited:
		e.Err, e.Waited = w.error, w.after
		e.kind |= ctxKind(w.error)
	case cause == ErrClosed:
		e.kind |= kClosed
	default:
		e.kind |= kUnavailable
	}
	return e
}

// notQueued is the error for a request that the connection did not accept.
func (n *node) notQueued(op Op, c *conn, cause error) *Error {
	e := &Error{Op: op, Node: n.id, Address: n.address, Queue: c.inFlight(), Err: cause, kind: kNotSent}
	switch w, waited := cause.(waitError); {
	case waited:
		e.Err, e.Waited = w.error, w.after
		e.kind |= ctxKind(w.error)
	case cause == ErrBusy:
		e.Err = nil
		e.kind |= kBusy
	default:
		n.drop(c) // it has failed
		e.kind |= connKind(cause)
	}
	return e
}

// gaveUp is the error for a caller that stopped waiting for the reply.
func (n *node) gaveUp(op Op, c *conn, started time.Time, cause error) *Error {
	n.stats.timeouts.Add(1)
	e := &Error{Op: op, Node: n.id, Address: n.address, Queue: c.inFlight(), Waited: time.Since(started), Err: cause, kind: kUnknown}
	if _, ok := cause.(errPatience); ok {
		e.kind |= kTimeout
		n.failed()
	} else {
		e.kind |= ctxKind(cause)
	}
	return e
}

// broken is the error for a connection that failed during the call.
func (n *node) broken(op Op, c *conn, cl *call) *Error {
	e := &Error{Op: op, Node: n.id, Address: n.address, Err: cl.err, kind: connKind(cl.err)}
	if cl.unsent {
		e.kind |= kNotSent
	} else {
		e.kind |= kUnknown
	}
	if !cl.begun.IsZero() {
		e.Waited = time.Since(cl.begun)
	} else if cl.err == errReadTimeout {
		e.Waited = c.limits.readTimeout
	}
	n.drop(c)
	return e
}

func ctxKind(err error) kind {
	if errors.Is(err, context.DeadlineExceeded) {
		return kTimeout
	}
	return 0
}

// connKind classifies why a connection failed.
func connKind(err error) kind {
	switch {
	case errors.Is(err, errReadTimeout):
		return kTimeout
	case errors.Is(err, ErrClosed):
		return kClosed
	}
	return kUnavailable
}
