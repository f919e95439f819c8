package client

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"time"

	"github.com/cachegopher/cachegopher/ring"
)

// GetOrLoad returns the value of key, or has load make it and stores it for
// ttl; with NoExpiry it stays for good. A ttl of zero or less is ErrInvalidTTL:
// nothing is read or loaded.
//
// However many goroutines ask, one load of a key runs in the process at a time;
// it gets a context that ends when nobody waits for it any more. Shortly before
// a value's time is over it is loaded again in the background by one of those
// who read it, drawn by chance so that processes do not all do it at once
// (XFetch); until then the old value is returned.
//
// A cache that cannot be reached does not make GetOrLoad fail: then load runs
// for those who ask. What load returns as an error is returned and not stored;
// a panic in it is passed on to those who wait.
func (c *Client) GetOrLoad(ctx context.Context, key string, ttl time.Duration,
	load func(context.Context) ([]byte, error)) ([]byte, error) {
	if h := c.opts.hooks; h != nil {
		ctx := h.Start(ctx, OpGetOrLoad)
		e := Event{Op: OpGetOrLoad, Keys: 1, Start: time.Now()}
		v, err := c.getOrLoad(ctx, key, ttl, load)
		e.Duration, e.Err, e.BytesIn = time.Since(e.Start), err, len(v)
		h.End(ctx, e)
		return v, err
	}
	return c.getOrLoad(ctx, key, ttl, load)
}

func (c *Client) getOrLoad(ctx context.Context, key string, ttl time.Duration,
	load func(context.Context) ([]byte, error)) ([]byte, error) {
	if ttl <= 0 {
		return nil, invalidTTL(OpGetOrLoad)
	}
	var version uint64
	if c.opts.near != nil {
		if v, found, known := c.opts.near.Get(key); known && found {
			return clone(v), nil
		}
		version = c.opts.near.Version(key)
	}
	var a answer
	if c.opts.near != nil {
		if a = c.fetch(ctx, key); a.err == nil {
			c.remember(key, a, version)
		}
	} else {
		a.value, a.left, a.err = c.GetWithTTL(ctx, key)
	}
	value, left, err := a.value, a.left, a.err
	switch {
	case err == nil:
		if left != NoExpiry && c.refreshNow(key, left) {
			c.loads.background(ctx, c.ctx, "load "+key, c.loader(key, ttl, load))
		}
		return value, nil
	case ctx.Err() != nil || errors.Is(err, ErrTooLarge) || errors.Is(err, ErrEmptyKey) || errors.Is(err, ErrClosed):
		return nil, err
	}
	missed := errors.Is(err, ErrNotFound)
	fn := c.loader(key, ttl, load)
	return c.loads.do(ctx, c.ctx, OpGetOrLoad, "load "+key, func(ctx context.Context) ([]byte, error) {
		if missed {
			// Another load may have ended between our miss and now. Its
			// value is on the primary if it is anywhere.
			if v, err := c.getTo(ctx, key, nil, true); err == nil {
				return v, nil
			}
		}
		return fn(ctx)
	})
}

// loader returns a function that loads the value, stores it, and measures how
// long loading takes.
func (c *Client) loader(key string, ttl time.Duration, load func(context.Context) ([]byte, error)) func(context.Context) ([]byte, error) {
	return func(ctx context.Context) ([]byte, error) {
		start := time.Now()
		v, err := load(ctx)
		if err != nil {
			return nil, err
		}
		c.loads.took(ring.Hash(key), time.Since(start))
		// A value that cannot be stored is a value all the same.
		_ = c.Set(ctx, key, v, TTL(ttl), Idempotent())
		return v, nil
	}
}

// refreshNow draws whether to load a value again that has this long to live:
// the longer loads take and the less time is left, the more likely.
func (c *Client) refreshNow(key string, left time.Duration) bool {
	cost := c.loads.cost(ring.Hash(key))
	if cost == 0 {
		return false
	}
	return float64(cost)*-math.Log(1-rand.Float64()) >= float64(left)
}

// clone copies a value; unlike bytes.Clone it keeps an empty one from being nil.
func clone(v []byte) []byte {
	if v == nil {
		return nil
	}
	return append(make([]byte, 0, len(v)), v...)
}
