package client

import (
	"context"
	"errors"
	"time"
)

// GetOrLoad returns the value of key, or has load make it and stores it for
// ttl; with NoExpiry it stays for good. A ttl of zero or less is ErrInvalidTTL:
// nothing is read or loaded.
//
// However many goroutines ask, one load of a key runs in the process at a time.
// It gets a context that ends when nobody waits for it any more, after the load
// timeout (WithLoadTimeout), and when the client is closed. A load that goes on
// longer than the timeout is given up: those who wait get ErrTimeout, the next
// one who asks starts another load, and what the late one returns is not stored.
//
// Shortly before a value's time is over it is loaded again in the background by
// one of those who read it, drawn by chance so that processes do not all do it at
// once (XFetch); until then the old value is returned. Such a refresh is given up
// once the value has ended, after a second, or after ten times what loads of it
// take, whichever is latest, but no later than the load timeout.
//
// A cache that cannot be reached does not make GetOrLoad fail: then load runs
// for those who ask. What load returns as an error is returned and not stored.
// When load panics, those who wait for it panic with a *LoadPanic; after a panic
// in the background the next one who asks for the key does. When load ends its
// goroutine (runtime.Goexit), those who wait get an error.
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
	case ctx.Err() != nil || errors.Is(err, ErrTooLarge) || errors.Is(err, ErrEmptyKey) || errors.Is(err, ErrClosed):
		return nil, err
	}
	missed := errors.Is(err, ErrNotFound)
	fn := c.loader(key, ttl, load)
	return c.loads.do(ctx, OpGetOrLoad, "load "+key, func(ctx context.Context) ([]byte, error) {
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
		if ctx.Err() != nil {
			return v, nil // too late: another load may have stored a newer value
		}
		c.loads.took(key, time.Since(start))
		// A value that cannot be stored is a value all the same.
		_ = c.Set(ctx, key, v, TTL(ttl), Idempotent())
		return v, nil
	}
}

// refresh loads a value again in the background. Hooks see it as an operation of
// its own.
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

// clone copies a value; unlike bytes.Clone it keeps an empty one from being nil.
func clone(v []byte) []byte {
	if v == nil {
		return nil
	}
	return append(make([]byte, 0, len(v)), v...)
}
