package client

import "context"

// collect copies the part's results and appends the requests to try again.
//
// The requests on a key take effect in the batch's order, whichever node carries
// them out in the end: a read behind a write that is tried again is read again,
// and a write is not tried again when a later one on its key may have taken effect.
func (c *Client) collect(ctx context.Context, p *part, op Op, replies []reply, todo []int, last bool, e *Event) []int {
	asked := false // whether roles have been looked into
	order := ordering{p: p}
	for k, i := range p.at {
		r := p.replies[k]
		rq := p.reqs[k : k+1]
		switch {
		case r.typ == 0:
			if f := p.failure; last || !p.again(&rq[0]) || order.overtaken(k) {
				r.err = f
				break
			}
			order.move(k)
			todo = append(todo, i)
			continue
		case readOnly(r.err) && !last && !order.overtaken(k):
			order.move(k)
			if asked {
				todo = append(todo, i)
				continue
			}
			asked = true // one goes the long way and finds the primary
			var (
				o       outcome
				failure *Error
			)
			if r, failure = c.route(ctx, rq, nil, &o); failure != nil {
				r.err = failure
			}
			if e != nil {
				e.asked(o.node, o.attempts)
			}
		case order.stale(k) && !last, !p.writes && !p.primary && elsewhere(r.err) && !last:
			todo = append(todo, i)
			continue
		case r.err != nil:
			r.err = p.node.refused(op, r.err)
		}
		replies[i] = r
	}
	return todo
}

// again reports whether a request without a reply may be sent again.
func (p *part) again(rq *request) bool {
	f := p.failure
	return f.kind&kBusy == 0 && (!p.writes || f.kind&kNotSent != 0 || rq.retry) && (!p.primary || f.kind&kTimeout == 0)
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
func (o *ordering) overtaken(k int) bool {
	if !o.p.reqs[k].writes() {
		return false
	}
	if o.ran == nil {
		o.ran = make(map[string]int)
		for j := range o.p.reqs {
			rq, r := &o.p.reqs[j], &o.p.replies[j]
			answered := r.typ != 0 && !readOnly(r.err)
			lost := r.typ == 0 && o.p.failure.kind&kUnknown != 0 && !o.p.again(rq)
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
