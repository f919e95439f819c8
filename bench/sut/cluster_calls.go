package sut

import (
	"context"
	"slices"
	"time"

	"github.com/cachegopher/cachegopher/bench/workload"
)

// Get reads a key from the node that owns it.
func (c *cluster) Get(ctx context.Context, key string, dst []byte) (value []byte, found bool, err error) {
	var bad error
	err = c.do(ctx, key, &Query{Kind: workload.Get}, func(r *Reply) {
		switch r.Outcome {
		case Hit:
			value, found = append(dst, r.Value...), true
		case Miss:
			value = dst
		default:
			bad = refused(r)
		}
	})
	if err == nil {
		err = bad
	}
	return value, found, err
}

// change makes a request that stores something; it returns the number of an integer reply.
func (c *cluster) change(ctx context.Context, key string, q *Query) (n int64, err error) {
	var bad error
	err = c.do(ctx, key, q, func(r *Reply) {
		switch r.Outcome {
		case Done:
		case Number:
			n = r.Number
		default:
			bad = refused(r)
		}
	})
	if err == nil {
		err = bad
	}
	return n, err
}

// Set stores a key on the node that owns it.
func (c *cluster) Set(ctx context.Context, key string, value []byte, expiry time.Duration) error {
	_, err := c.change(ctx, key, &Query{Kind: workload.Set, Value: value, Expiry: expiry})
	return err
}

// Delete removes a key.
func (c *cluster) Delete(ctx context.Context, key string) (bool, error) {
	n, err := c.change(ctx, key, &Query{Kind: workload.Delete})
	return n > 0, err
}

// Incr adds one to a counter.
func (c *cluster) Incr(ctx context.Context, key string) (int64, error) {
	return c.change(ctx, key, &Query{Kind: workload.Incr})
}

// Touch gives a key a new time to live.
func (c *cluster) Touch(ctx context.Context, key string, expiry time.Duration) (bool, error) {
	n, err := c.change(ctx, key, &Query{Kind: workload.TTL, Expiry: expiry})
	return n > 0, err
}

// MGet reads keys one after another, because they may be anywhere.
func (c *cluster) MGet(ctx context.Context, keys []string, dst [][]byte) ([][]byte, error) {
	for _, k := range keys {
		v, ok, err := c.Get(ctx, k, nil)
		if err != nil {
			return dst, err
		}
		if ok {
			v = slices.Concat([]byte{}, v) // not nil, which means a miss
		} else {
			v = nil
		}
		dst = append(dst, v)
	}
	return dst, nil
}
