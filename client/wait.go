package client

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/cachegopher/cachegopher/internal/millis"
)

// Wait waits until at least n secondaries of the primary with the given id or address
// have all writes made so far, or until the timeout, rounded up to milliseconds. It
// returns how many have them. The command gets a connection of its own, so that it does
// not hold up others.
func (c *Client) Wait(ctx context.Context, primary string, n int, timeout time.Duration) (have int, err error) {
	err = c.observe(ctx, OpWait, 0, func(ctx context.Context, e *Event) error {
		if timeout <= 0 {
			return &Error{Op: OpWait, kind: kNotSent, Err: errors.New("timeout must be positive")}
		}
		if c.closed.Load() {
			return closedError(OpWait)
		}
		at := c.topology.Load().node(primary)
		if at == nil {
			return noSuchNode(OpWait, primary)
		}
		e.asked(at, 1)
		var rq [1]request
		rq[0] = request{op: OpWait, args: []string{"WAIT", strconv.Itoa(n), strconv.FormatInt(millis.Up(timeout), 10)}}
		r, failure := at.alone(ctx, rq[:])
		switch {
		case failure != nil:
			return failure
		case r.err != nil:
			return at.refused(OpWait, r.err)
		}
		have = int(r.n)
		return nil
	})
	return have, err
}

// alone sends the request on a connection of its own and closes that afterwards.
func (n *node) alone(ctx context.Context, rq []request) (reply, *Error) {
	if !n.enter() {
		return reply{}, n.noConn(rq[0].op, n.ended())
	}
	defer n.wg.Done()
	if _, err := n.conn(ctx); err != nil {
		return reply{}, n.noConn(rq[0].op, err) // do not dial a node that cannot be reached
	}
	start := time.Now()
	own, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(n.stop, cancel)()
	conn, err := n.dialer.open(own, false)
	switch {
	case err == nil:
	case ctx.Err() != nil:
		return reply{}, n.noConn(rq[0].op, waitError{ctx.Err(), time.Since(start)})
	case n.stop.Err() != nil:
		return reply{}, n.noConn(rq[0].op, n.ended())
	default:
		return reply{}, n.noConn(rq[0].op, err)
	}
	defer conn.goroutines.Wait()
	defer conn.fail(errRetired)
	defer context.AfterFunc(n.stop, func() { conn.fail(n.ended()) })()
	return n.ask(ctx, conn, rq, nil, 0)
}
