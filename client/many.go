package client

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Result is the result for one key of GetMany.
type Result struct {
	Value []byte
	Err   error // nil, or an *Error; errors.Is(Err, ErrNotFound) for a miss
}

// Item is one entry for SetMany.
type Item struct {
	Key   string
	Value []byte
	TTL   time.Duration // 0: as SetMany's options say; less than 0: ErrInvalidTTL
}

// GetMany returns the values of keys, in their order, in one round trip to each group.
// A missing key is no failure. If another key fails, the error is a *ManyError; the
// results of the other keys are valid.
func (c *Client) GetMany(ctx context.Context, keys []string, opts ...ReadOption) ([]Result, error) {
	primary := fromPrimary(opts)
	if c.opts.near != nil && !primary {
		return c.getManyNear(ctx, keys)
	}
	return c.getMany(ctx, keys, primary)
}

func (c *Client) getMany(ctx context.Context, keys []string, primary bool) ([]Result, error) {
	if c.opts.local {
		return c.getManyLocal(ctx, keys, primary)
	}
	return c.askMany(ctx, keys, primary)
}

// askMany is getMany from nodes.
func (c *Client) askMany(ctx context.Context, keys []string, primary bool) ([]Result, error) {
	reqs := make([]request, len(keys))
	for i, k := range keys {
		reqs[i] = request{op: OpGet, key: k, primary: primary}
	}
	replies := c.many(ctx, OpGetMany, reqs)
	results := make([]Result, len(keys))
	for i := range replies {
		switch r := &replies[i]; {
		case r.err != nil:
			results[i].Err = r.err
		case r.null():
			results[i].Err = c.missing(OpGetMany, keys[i])
		default:
			results[i].Value = r.b
		}
	}
	return results, failures(OpGetMany, replies)
}

// SetMany stores all items. The error is nil when all were stored, and otherwise a
// *ManyError; some items may have been stored.
func (c *Client) SetMany(ctx context.Context, items []Item, opts ...SetOption) error {
	reqs := make([]request, len(items))
	for i, it := range items {
		reqs[i] = request{op: OpSet, key: it.Key, value: it.Value}
		reqs[i].with(opts)
		if it.TTL != 0 {
			reqs[i].life(it.TTL)
		}
	}
	return failures(OpSetMany, c.many(ctx, OpSetMany, reqs))
}

// DeleteMany removes keys and returns how many existed.
func (c *Client) DeleteMany(ctx context.Context, keys []string, opts ...SetOption) (int, error) {
	reqs := make([]request, len(keys))
	for i, k := range keys {
		reqs[i] = request{op: OpDelete, key: k}
		reqs[i].with(opts)
	}
	replies := c.many(ctx, OpDeleteMany, reqs)
	n := 0
	for i := range replies {
		if replies[i].err == nil {
			n += int(replies[i].n)
		}
	}
	return n, failures(OpDeleteMany, replies)
}

// many is batch with hooks and near cache.
func (c *Client) many(ctx context.Context, op Op, reqs []request) []reply {
	replies := make([]reply, len(reqs))
	_ = c.observe(ctx, op, keysOf(op, reqs), func(ctx context.Context, e *Event) error {
		c.forget(reqs)
		c.batch(ctx, op, reqs, replies, e)
		c.wrote(reqs)
		if c.opts.hooks == nil {
			return nil
		}
		for i := range reqs {
			e.BytesOut += reqs[i].size()
			e.BytesIn += len(replies[i].b)
		}
		return failures(op, replies)
	})
	return replies
}

// keysOf returns the number of keys of an operation. GetMany with a near cache makes two
// requests for each key.
func keysOf(op Op, reqs []request) int {
	n := len(reqs)
	if op != OpGetMany {
		return n
	}
	for i := range reqs {
		if reqs[i].op == OpTTL {
			n--
		}
	}
	return n
}

// failures combines the errors of all replies into one.
func failures(op Op, replies []reply) error {
	var e *ManyError
	for i := range replies {
		err := replies[i].err
		if err == nil || errors.Is(err, ErrNotFound) {
			continue
		}
		if e == nil {
			e = &ManyError{Op: op, Keys: len(replies), Err: err}
		}
		e.Failed++
	}
	if e == nil {
		return nil
	}
	return e
}

// ManyError is the error of operations on many keys of which some failed. Each key's
// result has its own error.
type ManyError struct {
	Op     Op
	Keys   int   // how many keys there were
	Failed int   // how many failed; a missing key is no failure
	Err    error // the first failure, an *Error
}

func (e *ManyError) Error() string {
	return fmt.Sprintf("cache %s: %d of %d keys failed, the first: %v", e.Op, e.Failed, e.Keys, e.Err)
}

// Unwrap returns the first failure.
func (e *ManyError) Unwrap() error { return e.Err }
