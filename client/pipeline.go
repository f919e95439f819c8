package client

import "context"

// Pipeline collects requests and sends them together: one round trip to each group, in
// order within a group. It is not safe for concurrent use. Exec leaves it empty for
// further requests.
//
//	p := c.Pipeline()
//	name := p.Get("user:42:name")
//	p.Incr("visits", 1)
//	err := p.Exec(ctx)
//	v, err := name.Bytes()
type Pipeline struct {
	c    *Client
	reqs []request
	done *executed
}

// executed holds the results of one Exec.
type executed struct {
	c       *Client
	ops     []Op
	keys    []string
	replies []reply
}

// Queued is the future result of one request in a Pipeline. Its methods may be called
// after Exec has returned, and panic before.
type Queued struct {
	e *executed
	i int
}

// Pipeline returns an empty pipeline.
func (c *Client) Pipeline() *Pipeline { return &Pipeline{c: c} }

// Len returns the number of requests in the pipeline.
func (p *Pipeline) Len() int { return len(p.reqs) }

func (p *Pipeline) add(rq request, opts []SetOption) Queued {
	rq.with(opts)
	if p.done == nil {
		p.done = &executed{c: p.c}
	}
	p.reqs = append(p.reqs, rq)
	return Queued{p.done, len(p.reqs) - 1}
}

// Get adds a Get; its result is Bytes.
func (p *Pipeline) Get(key string, opts ...ReadOption) Queued {
	return p.add(request{op: OpGet, key: key, primary: fromPrimary(opts)}, nil)
}

// Set adds a Set; its result is Err.
func (p *Pipeline) Set(key string, value []byte, opts ...SetOption) Queued {
	return p.add(request{op: OpSet, key: key, value: value}, opts)
}

// Add adds an Add; its result is OK.
func (p *Pipeline) Add(key string, value []byte, opts ...SetOption) Queued {
	return p.add(request{op: OpAdd, key: key, value: value}, opts)
}

// Delete adds a Delete; its result is OK.
func (p *Pipeline) Delete(key string) Queued { return p.add(request{op: OpDelete, key: key}, nil) }

// Incr adds an Incr; its result is Int.
func (p *Pipeline) Incr(key string, delta int64) Queued {
	return p.add(request{op: OpIncr, key: key, num: delta}, nil)
}

// Exec sends the requests and waits for the replies. The error is nil when every request
// succeeded, and otherwise a *ManyError.
func (p *Pipeline) Exec(ctx context.Context) error {
	if len(p.reqs) == 0 {
		return nil
	}
	e := p.done
	for i := range p.reqs {
		e.ops = append(e.ops, p.reqs[i].op)
		e.keys = append(e.keys, p.reqs[i].key)
	}
	reqs := p.reqs
	p.reqs, p.done = nil, nil
	e.replies = p.c.many(ctx, OpPipeline, reqs)
	return failures(OpPipeline, e.replies)
}

func (q Queued) reply() *reply {
	if q.e.replies == nil {
		panic("client: result of a pipeline used before Exec")
	}
	return &q.e.replies[q.i]
}

// Err returns why the request failed, or nil.
func (q Queued) Err() error { return q.reply().err }

// Bytes returns the value of a Get.
func (q Queued) Bytes() ([]byte, error) {
	r := q.reply()
	if r.err == nil && r.null() {
		return nil, q.e.c.missing(q.e.ops[q.i], q.e.keys[q.i])
	}
	return r.b, r.err
}

// Int returns the result of an Incr.
func (q Queued) Int() (int64, error) { return q.reply().n, q.reply().err }

// OK reports whether an Add stored its value or a Delete removed something.
func (q Queued) OK() (bool, error) {
	r := q.reply()
	return r.err == nil && (r.ok() || r.typ == ':' && r.n > 0), r.err
}
