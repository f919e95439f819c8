package client

import "context"

// collect copies the part's results and notes the requests to try again.
//
// The requests on a key take effect in the batch's order, whichever node carries
// them out in the end: a read behind a write that is tried again is read again,
// and a write is not tried again when a later one on its key may have taken effect.
func (b *batch) collect(ctx context.Context, p *part) {
	order := ordering{p: p}
	for k, i := range p.at {
		r, rq, failure := p.replies[k], &p.reqs[k], p.missing(k)
		if failure != nil && failure.kind&kUnknown != 0 && rq.writes() {
			if b.lost == nil {
				b.lost = make(map[int]bool)
			}
			b.lost[i] = true
		}
		by := p.node
		counts := p.counts(r.err, failure)
		if !counts {
			by = p.attempts.node
		}
		again := (r.err != nil || failure != nil) && b.again(ctx, p, rq, r.err, failure) && !order.overtaken(ctx, k)
		if again {
			order.move(k)
		} else if failure == nil {
			again = order.stale(k)
		}
		if again {
			b.todo = append(b.todo, i)
		}
		switch {
		case failure != nil && !counts && b.replies[i].err != nil:
			continue // what the primary answered, or failed with, stands
		case failure != nil:
			r.err = failure
		case r.err != nil:
			r.err = by.refused(b.op, r.err)
		case again:
			continue // a reply that came too early
		}
		b.replies[i] = r
	}
}

// again reports whether a request goes into another round.
func (b *batch) again(ctx context.Context, p *part, rq *request, answer error, failure *Error) bool {
	return p.again(ctx, rq, answer, failure) || p.moved(ctx, b.t, rq, answer, failure)
}

// missing is why the k-th request has no reply; nil when it has one.
func (p *part) missing(k int) *Error {
	if p.replies[k].typ == 0 {
		return p.failure
	}
	return nil
}

// ordering keeps the order of the requests on each key when some are tried again.
// Its maps are made when there is need.
type ordering struct {
	p     *part
	ran   map[string]int  // the last write on each key that may have taken effect
	moved map[string]bool // keys with a write that is tried again
}

// overtaken reports whether a write behind the k-th request, on the same key, may
// have taken effect and is not tried again.
func (o *ordering) overtaken(ctx context.Context, k int) bool {
	if !o.p.reqs[k].writes() {
		return false
	}
	if o.ran == nil {
		o.ran = make(map[string]int)
		for j := range o.p.reqs {
			rq, r := &o.p.reqs[j], &o.p.replies[j]
			answered := r.typ != 0 && !readOnly(r.err)
			lost := r.typ == 0 && o.p.failure.kind&kUnknown != 0 && !o.p.again(ctx, rq, nil, o.p.failure)
			if rq.writes() && (answered || lost) {
				o.ran[rq.key] = j
			}
		}
	}
	j, ran := o.ran[o.p.reqs[k].key]
	return ran && j > k
}

// move notes that the k-th request is tried again.
func (o *ordering) move(k int) {
	if rq := &o.p.reqs[k]; rq.writes() {
		if o.moved == nil {
			o.moved = make(map[string]bool)
		}
		o.moved[rq.key] = true
	}
}

// stale reports whether the k-th request is a read behind a write that is tried
// again, on its key or, as far as the client can tell, on one of its keys.
func (o *ordering) stale(k int) bool {
	rq := &o.p.reqs[k]
	return len(o.moved) > 0 && !rq.writes() && (o.moved[rq.key] || rq.op == OpDo)
}
