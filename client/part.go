package client

import "context"

// part holds the requests of a batch that go to one node in a round.
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
