package client

import (
	"context"
	"time"
)

const (
	chunkKeys  = 1024      // most requests queued at a time
	chunkBytes = 256 << 10 // most bytes queued at a time, roughly
)

// batch is an operation on many keys. Each round sends to each group its requests, in
// order and in one round trip. Requests that failed go into another round if the group's
// attempts allow it.
type batch struct {
	c       *Client
	op      Op
	reqs    []request
	replies []reply // each with its own error, an *Error
	event   *Event  // records which nodes were asked; may be nil

	t        *routing             // of this round
	attempts map[*group]*attempts // of earlier rounds
	round    int
	todo     []int        // indices of the requests of the next round
	lost     map[int]bool // writes of which an attempt may have taken effect; nil: none
}

// part is the requests of a batch that go to one node in a round.
type part struct {
	*attempts
	own     attempts // what attempts points to in the group's first part
	access  access
	node    *node
	conn    *conn
	at      []int // of each request in the whole batch
	reqs    []request
	replies []reply
	calls   []*call // one for each chunk, nil when its replies are in
	failure *Error  // of all requests without a reply
}

// batch carries out requests on many keys. Each reply holds its own error.
func (c *Client) batch(ctx context.Context, op Op, reqs []request, replies []reply, e *Event) {
	b := batch{c: c, op: op, reqs: reqs, replies: replies, event: e, todo: make([]int, 0, len(reqs))}
	b.check(ctx)
	for begun := time.Now(); len(b.todo) > 0; b.round++ {
		spent := time.Duration(0)
		if b.round > 0 {
			spent = time.Since(begun)
		}
		parts := b.split()
		for _, p := range parts {
			p.spent = spent
			p.next(ctx)
			p.node = p.attempts.node
			p.start(ctx, op)
			if e != nil {
				e.asked(p.node, 1)
			}
		}
		for _, p := range parts {
			p.finish(ctx, op)
		}
		b.todo = b.todo[:0]
		for _, p := range parts {
			b.collect(ctx, p)
		}
		b.remember(parts)
	}
	for i := range b.lost {
		if failure, ok := replies[i].err.(*Error); ok {
			replies[i].err = unsure(failure)
		}
	}
}

// check fails the requests that cannot be sent, and puts the others on the list.
func (b *batch) check(ctx context.Context) {
	var failure *Error
	if err := ctx.Err(); err != nil {
		failure = &Error{Op: b.op, Err: err, kind: kNotSent | ctxKind(err)}
	} else if b.c.closed.Load() {
		failure = closedError(b.op)
	}
	for i := range b.reqs {
		if failure != nil {
			b.replies[i].err = failure
		} else if f := b.reqs[i].check(); f != nil {
			f.Op = b.op
			b.replies[i].err = f
		} else {
			b.todo = append(b.todo, i)
		}
	}
}

// remember keeps the attempts for a further round.
func (b *batch) remember(parts []*part) {
	if len(b.todo) == 0 {
		return
	}
	if b.attempts == nil {
		b.attempts = make(map[*group]*attempts, len(parts))
	}
	for _, p := range parts {
		b.attempts[p.g] = p.attempts
	}
}

// split divides the requests of this round by group. One write in a part sends the whole
// part to the group's writer, and one read with FromPrimary to its primary.
func (b *batch) split() []*part {
	b.t = b.c.topology.Load()
	byGroup := make(map[*group]*part, len(b.t.groups))
	parts := make([]*part, 0, len(b.t.groups))
	for _, i := range b.todo {
		g := b.t.group(b.reqs[i].key)
		p := byGroup[g]
		if p == nil {
			p = &part{attempts: b.attempts[g]}
			byGroup[g] = p
			parts = append(parts, p)
			if p.attempts == nil {
				p.own = attempts{client: b.c, g: g, reread: b.round > 0}
				p.attempts = &p.own
			}
		}
		p.at = append(p.at, i)
		p.reqs = append(p.reqs, b.reqs[i])
		p.access = max(p.access, b.reqs[i].access())
	}
	for _, p := range parts {
		p.replies = make([]reply, len(p.reqs))
		if p.count == 0 || p.access != p.to || p.restart {
			p.enter(p.g, p.access)
		}
	}
	return parts
}

// start queues the part's requests chunk by chunk.
func (p *part) start(ctx context.Context, op Op) {
	c, err := p.node.conn(ctx)
	if err != nil {
		p.failure = p.node.noConn(op, err)
		return
	}
	p.conn = c
	for from := 0; from < len(p.reqs); {
		to, size := from, 0
		for to < len(p.reqs) && to-from < min(chunkKeys, c.limits.inFlight) && size < chunkBytes {
			size += p.reqs[to].size()
			to++
		}
		cl := newCall(p.replies[from:to])
		done, err := c.send(ctx, cl, p.reqs[from:to])
		if err != nil {
			cl.release()
			p.failure = p.node.notQueued(op, c, err)
			return
		}
		if done {
			cl.release()
			cl = nil
		}
		p.calls = append(p.calls, cl)
		from = to
	}
}

// finish waits for the part's replies.
func (p *part) finish(ctx context.Context, op Op) {
	gaveUp := false
	for _, cl := range p.calls {
		if cl == nil {
			continue
		}
		if gaveUp {
			if !cl.abandon() {
				cl.release()
			}
			continue
		}
		if err := cl.wait(ctx, p.patience); err != nil {
			begun := cl.begun
			if cl.abandon() {
				p.failure = p.node.gaveUp(op, p.conn, begun, err)
				gaveUp = true
				continue
			}
		}
		if cl.err != nil {
			// Of later chunks less may have been sent. One chunk that may
			// have taken effect makes the outcome of all unknown.
			if f := p.node.broken(op, p.conn, cl); p.failure == nil || f.kind&kUnknown != 0 {
				p.failure = f
			}
		}
		cl.release()
	}
	if p.failure == nil {
		p.node.answered()
	}
}
