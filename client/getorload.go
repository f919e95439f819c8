package client

import (
	"context"
	"errors"
	"time"
)

// GetOrLoad returns the value of key. If the key does not exist it calls load, and stores
// and returns the result. ttl is the value's time to live; it may be NoExpiry. A ttl of
// zero or less is ErrInvalidTTL: nothing is read or loaded.
//
// The process runs one load of a key at a time, however many goroutines ask. The load's
// context ends when nobody waits for it any more, after the load timeout
// (WithLoadTimeout), and when the client is closed. When a load exceeds the timeout its
// waiters get ErrTimeout, the next caller starts another load, and the late result is
// not stored.
//
// Shortly before a value expires, one of its readers reloads it in the background; until
// then the old value is returned. The reader is chosen at random, so that processes do
// not all reload at once (XFetch). Such a refresh is given up when the value has expired,
// after a second, or after ten times the usual duration of its loads, whichever is
// latest, but no later than the load timeout.
//
// If the cache is unavailable, GetOrLoad calls load. It returns an error of load and
// stores nothing then. When load panics its waiters panic with a *LoadPanic; after a
// panic in the background the next caller of the key does. When load ends its goroutine
// (runtime.Goexit), its waiters get an error.
func (c *Client) GetOrLoad(ctx context.Context, key string, ttl time.Duration,
	load func(context.Context) ([]byte, error)) ([]byte, error) {
	var v []byte
	err := c.observe(ctx, OpGetOrLoad, 1, func(ctx context.Context, e *Event) (err error) {
		v, err = c.getOrLoad(ctx, key, ttl, load, e)
		e.BytesIn = len(v)
		return err
	})
	return v, err
}

func (c *Client) getOrLoad(ctx context.Context, key string, ttl time.Duration,
	load func(context.Context) ([]byte, error), e *Event) ([]byte, error) {
	if ttl <= 0 {
		return nil, invalidTTL(OpGetOrLoad)
	}
	if c.loads.unreported.Load() > 0 {
		if p := c.loads.takePanic("load " + key); p != nil {
			panic(p)
		}
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
		a.value, a.left, a.err = c.getWithTTL(ctx, OpGetOrLoad, key, false, e)
	}
	value, left, err := a.value, a.left, a.err
	switch {
	case err == nil:
		if left != NoExpiry && c.loads.refreshNow(key, left) {
			c.refresh(ctx, key, left, c.loader(key, ttl, load))
		}
		return value, nil
	case ctx.Err() != nil && errors.Is(err, ErrNotFound): // there is no time to load it
		return nil, &Error{Op: OpGetOrLoad, Err: ctx.Err(), kind: kNotSent | ctxKind(ctx.Err())}
	case ctx.Err() != nil || errors.Is(err, ErrTooLarge) || errors.Is(err, ErrEmptyKey) || errors.Is(err, ErrClosed):
		return nil, err
	}
	missed := errors.Is(err, ErrNotFound)
	fn := c.loader(key, ttl, load)
	return c.loads.do(ctx, OpGetOrLoad, "load "+key, func(ctx context.Context) ([]byte, error) {
		if missed {
			// Another load may have stored a value since our miss; then the primary
			// has it.
			if v, err := c.getTo(ctx, key, nil, true); err == nil {
				return v, nil
			}
		}
		return fn(ctx)
	})
}

// loader returns a function that loads and stores the value, and measures the load.
func (c *Client) loader(key string, ttl time.Duration, load func(context.Context) ([]byte, error)) func(context.Context) ([]byte, error) {
	return func(ctx context.Context) ([]byte, error) {
		start := time.Now()
		v, err := load(ctx)
		if err != nil {
			return nil, err
		}
		if ctx.Err() != nil {
			return v, nil // too late: another load may have stored a newer value
		}
		c.loads.took(key, time.Since(start))
		// If the value cannot be stored, return it anyway.
		_ = c.Set(ctx, key, v, TTL(ttl), Idempotent())
		return v, nil
	}
}

// refresh reloads a value in the background. Hooks see it as a separate operation.
func (c *Client) refresh(ctx context.Context, key string, left time.Duration, fn func(context.Context) ([]byte, error)) {
	observed := fn
	if h := c.opts.hooks; h != nil {
		observed = func(ctx context.Context) (v []byte, err error) {
			ctx = h.Start(ctx, OpRefresh)
			e := Event{Op: OpRefresh, Keys: 1, Start: time.Now(), Err: errLoadExited}
			defer func() {
				p := panicOf(recover())
				if p != nil {
					e.Err = p
				}
				e.Duration = time.Since(e.Start)
				h.End(ctx, e)
				if p != nil {
					panic(p)
				}
			}()
			v, err = fn(ctx)
			e.Err, e.BytesIn = err, len(v)
			return v, err
		}
	}
	c.loads.background(ctx, "load "+key, c.loads.refreshTimeout(key, left), observed)
}

// clone copies a value. The copy of an empty value is not nil and has no spare capacity.
func clone(v []byte) []byte {
	if v == nil {
		return nil
	}
	return append(make([]byte, 0, len(v)), v...)
}
