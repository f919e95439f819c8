package client

import (
	"context"
	"time"
)

// Get returns the value of key, or an error that matches ErrNotFound. The value belongs
// to the caller.
func (c *Client) Get(ctx context.Context, key string, opts ...ReadOption) ([]byte, error) {
	primary := fromPrimary(opts)
	if c.opts.near != nil && !primary {
		return c.getNear(ctx, key)
	}
	return c.getTo(ctx, key, nil, primary)
}

// GetTo appends the value of key to dst and returns the extended slice. If dst has enough
// capacity it allocates nothing. After an error it returns dst, whose bytes between
// length and capacity may have changed.
func (c *Client) GetTo(ctx context.Context, key string, dst []byte, opts ...ReadOption) ([]byte, error) {
	if dst == nil {
		return c.Get(ctx, key, opts...)
	}
	primary := fromPrimary(opts)
	if c.opts.near != nil && !primary {
		v, err := c.nearValue(ctx, key)
		return append(dst, v...), err
	}
	return c.getTo(ctx, key, dst, primary)
}

func (c *Client) getTo(ctx context.Context, key string, dst []byte, primary bool) ([]byte, error) {
	if c.opts.local {
		if v, ok := c.getLocal(ctx, key, dst, primary); ok {
			return v, nil
		}
	}
	var rq [1]request
	rq[0].op, rq[0].key, rq[0].primary = OpGet, key, primary
	r, err := c.do(ctx, rq[:], dst)
	if err != nil {
		return dst, err
	}
	if r.null() {
		return dst, c.missing(OpGet, key)
	}
	return r.b, nil
}

// missing is the error for a key that does not exist.
func (c *Client) missing(op Op, key string) error {
	return c.topology.Load().group(key).writer().notFound[op]
}

// TTL returns the entry's remaining time to live, or NoExpiry. The error matches
// ErrNotFound when the key does not exist.
func (c *Client) TTL(ctx context.Context, key string, opts ...ReadOption) (time.Duration, error) {
	primary := fromPrimary(opts)
	if c.opts.local {
		if left, ok := c.ttlLocal(ctx, key, primary); ok {
			return left, nil
		}
	}
	var rq [1]request
	rq[0].op, rq[0].key, rq[0].primary = OpTTL, key, primary
	r, err := c.do(ctx, rq[:], nil)
	if err != nil {
		return 0, err
	}
	left, found := lifeLeft(r.n)
	if !found {
		return 0, c.missing(OpTTL, key)
	}
	return left, nil
}

// GetWithTTL returns the value of key with its remaining time to live, or NoExpiry, in
// one round trip.
func (c *Client) GetWithTTL(ctx context.Context, key string, opts ...ReadOption) (value []byte, left time.Duration, err error) {
	return c.observedWithTTL(ctx, OpGetWithTTL, key, fromPrimary(opts))
}

func (c *Client) observedWithTTL(ctx context.Context, op Op, key string, primary bool) (value []byte, left time.Duration, err error) {
	err = c.observe(ctx, op, 1, func(ctx context.Context, e *Event) (err error) {
		value, left, err = c.getWithTTL(ctx, op, key, primary, e)
		e.BytesOut, e.BytesIn = len(key), len(value)
		return err
	})
	return value, left, err
}

// getWithTTL reads value and time to live; its errors name op.
func (c *Client) getWithTTL(ctx context.Context, op Op, key string, primary bool, e *Event) (value []byte, left time.Duration, err error) {
	if c.opts.local {
		if v, expiry, now, n := c.localGet(key, nil, primary); n != nil {
			e.Local = true
			e.asked(n, 0)
			return v, localLeft(expiry, now), nil
		}
	}
	rq := [2]request{{op: OpGet, key: key, primary: primary}, {op: OpTTL, key: key, primary: primary}}
	var rs [2]reply
	c.batch(ctx, op, rq[:], rs[:], e)
	switch {
	case rs[0].err != nil:
		return nil, 0, rs[0].err
	case rs[1].err != nil:
		return nil, 0, rs[1].err
	}
	left, found := lifeLeft(rs[1].n)
	if rs[0].null() || !found { // it may have expired between the two
		return nil, 0, c.missing(op, key)
	}
	return rs[0].b, left, nil
}
