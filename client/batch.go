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
	doubted  uint64               // at its beginning: see ownWrites.doubted
	attempts map[*group]*attempts // of earlier rounds
	round    int
	todo     []int        // indices of the requests of the next round
	lost     map[int]bool // writes of which an attempt may have taken effect; nil: none
	until    time.Time    // see attempts; it holds for all groups
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
		if b.until.IsZero() {
			b.until = p.until
		}
	}
}

// split divides the requests of this round by group. One write in a part sends the whole
// part to the group's writer, and one read with FromPrimary to its primary.
func (b *batch) split() []*part {
	b.doubted = b.c.opts.own.doubted()
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
				p.own = attempts{client: b.c, g: g, reread: b.round > 0, until: b.until}
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
		if p.barred = 0; p.access == anyMember {
			for i := range p.reqs {
				p.barred |= b.c.opts.own.lacking(p.g, &p.reqs[i])
			}
		}
	}
	return parts
}
