package client

import (
	"context"
	"sync/atomic"
	"time"
)

// hedgeBudget limits hedged reads to one in hedgeShare.
type hedgeBudget struct {
	reads, hedges atomic.Uint64
}

const (
	hedgeShare = 20
	hedgeFloor = 100 * time.Microsecond // least delay of the second request
)

// spend reports whether one more read may be hedged, and counts it.
func (b *hedgeBudget) spend() bool {
	h := b.hedges.Load()
	return (h+1)*hedgeShare <= b.reads.Load() && b.hedges.CompareAndSwap(h, h+1)
}

// leg is one of the two requests of a hedged read.
type leg struct {
	n    *node
	c    *conn
	cl   *call
	done bool // inline
}

func (n *node) begin(ctx context.Context, rq []request, dst []byte, limit time.Duration) (leg, *Error) {
	c, err := n.conn(ctx)
	if err != nil {
		return leg{}, n.noConn(rq[0].op, err)
	}
	cl := newCall(nil)
	cl.one[0].b = dst
	cl.limit, cl.begun = limit, time.Now()
	done, err := c.send(ctx, cl, rq)
	if err != nil {
		cl.release()
		return leg{}, n.notQueued(rq[0].op, c, err)
	}
	return leg{n, c, cl, done}, nil
}

// end takes the result of a finished call.
func (l *leg) end(op Op) (r reply, failure *Error) {
	if l.cl.err != nil {
		failure = l.n.broken(op, l.c, l.cl)
	} else {
		r = l.cl.one[0]
		l.n.answered()
		if l.cl.sampled {
			l.n.latency.add(time.Since(l.cl.started))
		}
	}
	l.cl.release()
	l.cl = nil
	return r, failure
}

// leave abandons the call if it is still waiting.
func (l *leg) leave() {
	if l.cl != nil && !l.cl.abandon() {
		l.cl.release()
	}
	l.cl = nil
}

// hedged asks one member, and a second one when the answer takes longer than the first
// member's 95th percentile. If neither answers it continues like any other read.
func (c *Client) hedged(ctx context.Context, rq []request, dst []byte, a *attempts) (reply, *Error) {
	c.hedges.reads.Add(1)
	a.next(ctx)
	n := a.node
	delay := time.Duration(n.latency.p95.Load())
	if delay == 0 || !n.usable() {
		return c.ask(ctx, rq, dst, a)
	}
	delay = max(delay, hedgeFloor)
	first, failure := n.begin(ctx, rq, dst, delay)
	if failure != nil {
		return c.askNext(ctx, rq, dst, a, reply{}, failure)
	}
	if !first.done {
		switch err := first.cl.wait(ctx, delay); err.(type) {
		case nil:
		case errPatience:
			return c.hedge(ctx, rq, dst, a, first)
		default:
			begun := first.cl.begun
			if first.cl.abandon() {
				return reply{}, n.gaveUp(rq[0].op, first.c, begun, err)
			}
		}
	}
	r, failure := first.end(rq[0].op)
	return c.askNext(ctx, rq, dst, a, r, failure)
}

// hedge asks a second member, if the budget allows, and takes the first answer.
func (c *Client) hedge(ctx context.Context, rq []request, dst []byte, a *attempts, first leg) (reply, *Error) {
	second := leg{}
	if j := a.g.reader(a.tried); j >= 0 && a.g.members[j].usable() && c.hedges.spend() {
		// Two replies must not go to one buffer: the second gets its own.
		if l, failure := a.g.members[j].begin(ctx, rq, nil, hedgeFloor); failure == nil {
			second = l
			a.also(j)
		}
	}
	r, failure, won := race(ctx, rq[0].op, &first, &second, a.wait(ctx, a.tried), a.g.writer())
	if won != nil {
		a.node = won
	}
	if failure == nil && a.hedged && won != first.n && dst != nil && r.typ == '$' {
		r.b = append(dst, r.b...)
	}
	return c.askNext(ctx, rq, dst, a, r, failure)
}

// askNext asks further members after an attempt that ended with r or failure, if a allows it.
func (c *Client) askNext(ctx context.Context, rq []request, dst []byte, a *attempts, r reply, failure *Error) (reply, *Error) {
	a.note(failure)
	if !a.again(ctx, &rq[0], r.err, failure) {
		return r, failure
	}
	a.next(ctx)
	return c.ask(ctx, rq, dst, a)
}

// race returns the first good answer of the two legs, or the last failure; leads is the group's primary. race ends both legs; the second may be empty.
func race(ctx context.Context, op Op, a, b *leg, patience time.Duration, leads *node) (r reply, failure *Error, from *node) {
	defer a.leave()
	defer b.leave()
	var timeout <-chan time.Time
	if patience > 0 {
		t := time.NewTimer(patience)
		defer t.Stop()
		timeout = t.C
	}
	if b.done {
		r, failure = b.end(op)
		if failure == nil && final(r.err, b.n, leads) {
			return r, nil, b.n
		}
	}
	for a.cl != nil || b.cl != nil {
		var cause error
		ended := a
		select {
		case <-a.woken():
		case <-b.woken():
			ended = b
		case <-ctx.Done():
			cause = ctx.Err()
		case <-timeout:
			cause = errPatience{}
		}
		if cause != nil {
			if a.cl == nil {
				ended = b
			}
			return r, ended.n.gaveUp(op, ended.c, ended.cl.begun, cause), ended.n
		}
		from = ended.n
		if r, failure = ended.end(op); failure == nil && final(r.err, from, leads) {
			return r, nil, from
		}
	}
	return r, failure, from
}

// final reports whether another member could not have a better answer: LOADING is not final, nor is MOVED, except from the
// primary, which knows what its group owns.
func final(answer error, from, leads *node) bool {
	return !refusal(answer) || from == leads && codeOf(answer) == "MOVED"
}

// woken returns the channel that signals the call's end, or nil, which blocks for ever,
// when there is no call.
func (l *leg) woken() <-chan struct{} {
	if l.cl == nil {
		return nil
	}
	return l.cl.wake
}
