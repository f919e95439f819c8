package client

import "context"

// collect stores the part's results and lists the requests for the next round.
//
// Requests on a key take effect in the batch's order, whichever node executes them. So a
// read that follows a repeated write is repeated too, and a write is not repeated when a
// later one on its key may have taken effect. That happens if a node learns between the
// two writes that its group owns the slot: it refuses the first and executes the second.
func (b *batch) collect(ctx context.Context, p *part) {
	if p.failure == nil && p.access == anyMember && b.doubted != b.c.opts.own.doubted() && len(p.g.members) > 1 && ctx.Err() == nil {
		p.restart = true
		b.todo = append(b.todo, p.at...)
		return
	}
	order := ordering{p: p}
	for k, i := range p.at {
		if r := &p.replies[k]; r.typ != 0 && r.err == nil && p.search == noSearch && !p.unlikely && len(order.moved) == 0 {
			b.replies[i] = *r
			continue
		}
		r, rq, failure := p.replies[k], &p.reqs[k], p.missing(k)
		if failure != nil && failure.kind&kUnknown != 0 && rq.writes() {
			if b.lost == nil {
				b.lost = make(map[int]bool)
			}
			b.lost[i] = true
		}
		by := p.node
		counts := p.counts(ctx, rq, r.err, failure)
		if !counts {
			by = p.attempts.node
		}
		again := (r.err != nil || failure != nil) && b.again(ctx, p, rq, r.err, failure)
		if again && order.overtaken(ctx, k) {
			again = false
			if failure == nil && order.covered(k) {
				r = reply{typ: '+'}
			}
		}
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
			continue // read before the write that precedes it
		}
		b.replies[i] = r
	}
}

// again reports whether a request goes into another round.
func (b *batch) again(ctx context.Context, p *part, rq *request, answer error, failure *Error) bool {
	return p.again(ctx, rq, answer, failure) || p.moved(ctx, b.t, rq, answer, failure)
}

// missing returns why the k-th request has no reply, or nil when it has one.
func (p *part) missing(k int) *Error {
	if p.replies[k].typ == 0 {
		return p.failure
	}
	return nil
}

// ordering keeps the order of the requests on each key when some are repeated. Its maps
// are made on demand.
type ordering struct {
	p     *part
	ran   map[string]int  // the last write on each key that may have taken effect
	moved map[string]bool // keys with a write that is repeated
}

// overtaken reports whether a later write on the k-th request's key may have taken effect
// and is not repeated.
func (o *ordering) overtaken(ctx context.Context, k int) bool {
	if !o.p.reqs[k].writes() {
		return false
	}
	if o.ran == nil {
		o.ran = make(map[string]int)
		for j := range o.p.reqs {
			rq, r := &o.p.reqs[j], &o.p.replies[j]
			answered := r.typ != 0 && !refusal(r.err)
			lost := r.typ == 0 && o.p.failure.kind&kUnknown != 0 && !o.p.again(ctx, rq, nil, o.p.failure)
			if rq.writes() && (answered || lost) {
				for key := range rq.keys() {
					o.ran[key] = j
				}
			}
		}
	}
	for key := range o.p.reqs[k].keys() {
		if o.ran[key] > k {
			return true
		}
	}
	return false
}

// covered reports whether the k-th request, which was refused, is a Set whose value a later Set has replaced before any
// other request could see it. Then it counts as executed just before that one.
func (o *ordering) covered(k int) bool {
	rq := &o.p.reqs[k]
	for j := k + 1; rq.op == OpSet && j < len(o.p.reqs); j++ {
		switch next, r := &o.p.reqs[j], &o.p.replies[j]; {
		case next.op == OpDo:
			return false // it may concern the key
		case next.key != rq.key || next.op == OpSet && refusal(r.err):
		default:
			return next.op == OpSet && !next.keepTTL && r.ok()
		}
	}
	return false
}

// move records that the k-th request is repeated.
func (o *ordering) move(k int) {
	if rq := &o.p.reqs[k]; rq.writes() {
		if o.moved == nil {
			o.moved = make(map[string]bool)
		}
		o.moved[rq.key] = true
	}
}

// stale reports whether the k-th request is a read that follows a repeated write on its
// key. The keys of an OpDo are not known here, so any repeated write makes it stale.
func (o *ordering) stale(k int) bool {
	rq := &o.p.reqs[k]
	return len(o.moved) > 0 && !rq.writes() && (o.moved[rq.key] || rq.op == OpDo)
}
