package client

import (
	"context"
	"time"
)

// SetOption is an option of one write. The zero value changes nothing.
type SetOption struct {
	ttl    time.Duration
	hasTTL bool
	keep   bool
	retry  bool
}

// TTL makes the entry expire after d, rounded up to milliseconds. A d of zero or less
// fails the write with ErrInvalidTTL. Without this option, and with NoExpiry, the entry
// stays until it is deleted or evicted.
func TTL(d time.Duration) SetOption { return SetOption{ttl: d, hasTTL: true} }

// KeepTTL leaves the entry's time to live unchanged.
func KeepTTL() SetOption { return SetOption{keep: true} }

// Idempotent says that repeating the write is harmless, so that it is tried again when
// its outcome is unknown.
func Idempotent() SetOption { return SetOption{retry: true} }

func (r *request) with(opts []SetOption) {
	for _, o := range opts {
		if o.hasTTL {
			r.life(o.ttl)
		}
		r.keepTTL = r.keepTTL || o.keep
		r.retry = r.retry || o.retry
	}
}

// Set stores value under key. See TTL, KeepTTL and Idempotent.
func (c *Client) Set(ctx context.Context, key string, value []byte, opts ...SetOption) error {
	_, err := c.set(ctx, OpSet, key, value, nil, opts)
	return err
}

// Add stores value unless the key exists, and reports whether it did.
func (c *Client) Add(ctx context.Context, key string, value []byte, opts ...SetOption) (bool, error) {
	return c.set(ctx, OpAdd, key, value, nil, opts)
}

// Replace stores value if the key exists, and reports whether it did.
func (c *Client) Replace(ctx context.Context, key string, value []byte, opts ...SetOption) (bool, error) {
	return c.set(ctx, OpReplace, key, value, nil, opts)
}

// CompareAndSwap stores value if the key's present value is old, and reports whether it
// did. With Idempotent that report can be wrong, since a repeated swap finds its own
// value.
func (c *Client) CompareAndSwap(ctx context.Context, key string, old, value []byte, opts ...SetOption) (bool, error) {
	return c.set(ctx, OpCompareAndSwap, key, value, old, opts)
}

func (c *Client) set(ctx context.Context, op Op, key string, value, old []byte, opts []SetOption) (bool, error) {
	var rq [1]request
	rq[0].op, rq[0].key, rq[0].value, rq[0].old = op, key, value, old
	rq[0].with(opts)
	r, err := c.doWrite(ctx, rq[:])
	return r.ok(), err
}

// doWrite is do for requests that change keys: it invalidates the near cache, and notes the client's own writes.
func (c *Client) doWrite(ctx context.Context, rq []request) (reply, error) {
	c.forget(rq)
	r, err := c.do(ctx, rq, nil)
	c.wrote(rq)
	return r, err
}

// number is doWrite for operations whose reply is an integer.
func (c *Client) number(ctx context.Context, rq []request) (int64, error) {
	r, err := c.doWrite(ctx, rq)
	return r.n, err
}

// Delete removes key, and reports whether it existed.
func (c *Client) Delete(ctx context.Context, key string, opts ...SetOption) (bool, error) {
	var rq [1]request
	rq[0].op, rq[0].key = OpDelete, key
	rq[0].with(opts)
	n, err := c.number(ctx, rq[:])
	return n > 0, err
}

// CompareAndDelete removes key if its value is old, and reports whether it did. Together
// with Add it makes a lock that only its owner can release.
func (c *Client) CompareAndDelete(ctx context.Context, key string, old []byte, opts ...SetOption) (bool, error) {
	var rq [1]request
	rq[0].op, rq[0].key, rq[0].old = OpCompareAndDelete, key, old
	rq[0].with(opts)
	n, err := c.number(ctx, rq[:])
	return n > 0, err
}

// Incr adds delta to the integer stored under key and returns the sum. A missing key
// counts as 0. The entry keeps its time to live.
func (c *Client) Incr(ctx context.Context, key string, delta int64) (int64, error) {
	var rq [1]request
	rq[0].op, rq[0].key, rq[0].num = OpIncr, key, delta
	return c.number(ctx, rq[:])
}

// Expire makes the entry expire after d, rounded up to milliseconds; NoExpiry removes its
// expiry. A d of zero or less is ErrInvalidTTL and changes nothing: use Delete. The error
// matches ErrNotFound when the key does not exist, except with NoExpiry, where the node
// does not distinguish that from an entry without expiry.
func (c *Client) Expire(ctx context.Context, key string, d time.Duration) error {
	var rq [1]request
	rq[0].op, rq[0].key = OpExpire, key
	rq[0].life(d)
	n, err := c.number(ctx, rq[:])
	if err == nil && n == 0 && d != NoExpiry {
		err = c.missing(OpExpire, key)
	}
	return err
}
