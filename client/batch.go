package client

import (
	"context"
	"time"
)

const (
	chunkKeys  = 1024      // requests that are queued at a time
	chunkBytes = 256 << 10 // and their bytes
)

// part is what of a batch goes to one node.
type part struct {
	g       *group
	node    *node
	conn    *conn
	at      []int // of each request in the whole batch
	reqs    []request
	replies []reply
	calls   []*call // one for each chunk, nil when its replies are in
	writes  bool
	primary bool   // one of the reads may be answered by the primary alone
	failure *Error // what every reply that is missing failed with
}

// batch carries out requests on many keys, those of one node in one round trip
// and in order. Each reply holds its own error, an *Error. The event, unless it is
// nil, is told which nodes were asked.
func (c *Client) batch(ctx context.Context, op Op, reqs []request, replies []reply, e *Event) {
	var failure *Error
	if err := ctx.Err(); err != nil {
		failure = &Error{Op: op, Err: err, kind: kNotSent | ctxKind(err)}
	} else if c.closed.Load() {
		failure = closedError(op)
	}
	todo := make([]int, 0, len(reqs))
	for i := range reqs {
		if failure != nil {
			replies[i].err = failure
		} else if f := reqs[i].check(); f != nil {
			replies[i].err = f
		} else {
			todo = append(todo, i)
		}
	}
	tried := make(map[*group]uint64)
	lost := make(map[int]bool) // writes of which an attempt may have taken effect
	begun := time.Now()
	_, deadline := ctx.Deadline()
	for round := 0; len(todo) > 0; round++ {
		parts := c.split(reqs, todo, tried)
		spent := time.Duration(0)
		if round > 0 {
			spent = time.Since(begun)
		}
		for _, p := range parts {
			p.start(ctx, op)
			if e != nil {
				e.asked(p.node, 1)
			}
		}
		for _, p := range parts {
			patience := time.Duration(0)
			if !p.writes && !p.primary {
				patience = p.g.patience(ctx, tried[p.g]&^(1<<p.index()), c.opts.readTimeout, spent)
			}
			p.finish(ctx, op, patience)
		}
		last := round == c.opts.tries-1 || ctx.Err() != nil || c.closed.Load() ||
			!deadline && time.Since(begun) >= c.opts.readTimeout
		todo = todo[:0]
		for _, p := range parts {
			p.noteLost(lost)
			todo = c.collect(ctx, p, op, replies, todo, last, e)
		}
	}
	for i := range lost {
		if failure, ok := replies[i].err.(*Error); ok {
			replies[i].err = unsure(failure)
		}
	}
}

// noteLost adds the writes that the part has no answers to though they may have
// taken effect.
func (p *part) noteLost(lost map[int]bool) {
	if p.failure == nil || p.failure.kind&kUnknown == 0 {
		return
	}
	for k, i := range p.at {
		if p.replies[k].typ == 0 && p.reqs[k].writes() {
			lost[i] = true
		}
	}
}

// split makes a part for each group. Parts that write go to the primary, the
// others to a member that was not asked before.
func (c *Client) split(reqs []request, todo []int, tried map[*group]uint64) []*part {
	t := c.topology.Load()
	byGroup := make(map[*group]*part, len(t.groups))
	parts := make([]*part, 0, len(t.groups))
	for _, i := range todo {
		g := t.group(reqs[i].key)
		p := byGroup[g]
		if p == nil {
			p = &part{g: g}
			byGroup[g] = p
			parts = append(parts, p)
		}
		p.at = append(p.at, i)
		p.reqs = append(p.reqs, reqs[i])
		p.writes = p.writes || reqs[i].writes()
		p.primary = p.primary || reqs[i].primary
	}
	for _, p := range parts {
		p.replies = make([]reply, len(p.reqs))
		if p.writes {
			p.node = p.g.writer()
			continue
		}
		if p.primary {
			p.node = p.g.members[p.g.source()]
			continue
		}
		i := p.g.reader(tried[p.g])
		if i < 0 { // all were: begin again
			tried[p.g] = 0
			i = p.g.reader(0)
		}
		tried[p.g] |= 1 << i
		p.node = p.g.members[i]
	}
	return parts
}

// index is the member's place in its group.
func (p *part) index() int {
	for i, n := range p.g.members {
		if n == p.node {
			return i
		}
	}
	return 0
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
func (p *part) finish(ctx context.Context, op Op, patience time.Duration) {
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
		if err := cl.wait(ctx, patience); err != nil {
			begun := cl.begun
			if cl.abandon() {
				p.failure = p.node.gaveUp(op, p.conn, begun, err)
				gaveUp = true
				continue
			}
		}
		if cl.err != nil {
			// Chunks that failed later may have been sent less of: what
			// holds for the one that was sent most holds for all.
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
