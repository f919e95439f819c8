package client

import (
	"context"
	"sync/atomic"
	"time"
)

// hedgeBudget keeps hedged reads to one in hedgeShare.
type hedgeBudget struct {
	reads, hedges atomic.Uint64
}

const (
	hedgeShare = 20
	hedgeFloor = 100 * time.Microsecond // nothing is gained by asking sooner
)

// spend reports whether another read may be hedged.
func (b *hedgeBudget) spend() bool {
	h := b.hedges.Load()
	return (h+1)*hedgeShare <= b.reads.Load() && b.hedges.CompareAndSwap(h, h+1)
}

// leg is one of the two nodes that a hedged read asks.
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

// end takes the result of a call that is finished.
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

// leave gives the call up.
func (l *leg) leave() {
	if l.cl != nil && !l.cl.abandon() {
		l.cl.release()
	}
	l.cl = nil
}

// hedged asks one member, and another one when the answer takes longer than
// most do. Where that does not help it goes on as any other read does.
func (c *Client) hedged(ctx context.Context, g *group, rq []request, dst []byte, o *outcome) (reply, *Error) {
	c.hedges.reads.Add(1)
	i := g.reader(0)
	n := g.members[i]
	delay := time.Duration(n.latency.p95.Load())
	if delay == 0 || !n.usable() {
		return c.readFrom(ctx, g, rq, dst, i, 0, o)
	}
	delay = max(delay, hedgeFloor)
	o.node = n
	o.attempts++
	first, failure := n.begin(ctx, rq, dst, delay)
	if failure != nil {
		return c.readFrom(ctx, g, rq, dst, -1, 1<<i, o)
	}
	if !first.done {
		switch err := first.cl.wait(ctx, delay); err.(type) {
		case nil:
		case errPatience:
			return c.hedge(ctx, g, rq, dst, i, first, o)
		default:
			begun := first.cl.begun
			if first.cl.abandon() {
				return reply{}, n.gaveUp(rq[0].op, first.c, begun, err)
			}
		}
	}
	r, failure := first.end(rq[0].op)
	if failure != nil || elsewhere(r.err) {
		return c.readFrom(ctx, g, rq, dst, -1, 1<<i, o)
	}
	return r, nil
}

// hedge goes on after the first leg has taken long.
func (c *Client) hedge(ctx context.Context, g *group, rq []request, dst []byte, i int, first leg, o *outcome) (reply, *Error) {
	tried := uint64(1) << i
	second := leg{}
	if j := g.reader(tried); j >= 0 && g.members[j].usable() && c.hedges.spend() {
		// Two nodes must not write to one buffer: the second has its own.
		if l, failure := g.members[j].begin(ctx, rq, nil, hedgeFloor); failure == nil {
			second = l
			tried |= 1 << j
			o.hedged = true
			o.attempts++
		}
	}
	r, failure, won := race(ctx, rq[0].op, &first, &second, g.patience(ctx, tried, c.opts.readTimeout, o.spent))
	if won != nil {
		o.node = won
	}
	if failure == nil && !elsewhere(r.err) {
		if o.hedged && won != first.n && dst != nil && r.typ == '$' {
			r.b = append(dst, r.b...)
		}
		return r, nil
	}
	if failure != nil {
		o.failed(failure)
	}
	if ctx.Err() != nil || c.closed.Load() {
		return r, failure
	}
	return c.readFrom(ctx, g, rq, dst, -1, tried, o)
}

// race returns the first good answer of the two legs, or the last failure. Both
// legs are at their ends afterwards. The second may be empty.
func race(ctx context.Context, op Op, a, b *leg, patience time.Duration) (r reply, failure *Error, from *node) {
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
		if failure == nil {
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
		if r, failure = ended.end(op); failure == nil {
			return r, nil, from
		}
	}
	return r, failure, from
}

// woken is the channel that tells of the call's end; nil, which never does,
// when there is no call.
func (l *leg) woken() <-chan struct{} {
	if l.cl == nil {
		return nil
	}
	return l.cl.wake
}
