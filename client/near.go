package client

import (
	"context"
	"errors"
	"strconv"
	"time"
)

// NearCache keeps copies of values in the process; package nearcache implements it. Its
// methods are called concurrently.
type NearCache interface {
	// Get looks a key up. known says whether the cache knows the key's state; if so,
	// found says whether the key has a value. The value must not be modified.
	Get(key string) (value []byte, found, known bool)
	// Put stores a value, which nobody modifies any more, or, if found is false, the fact
	// that the key does not exist. The value must not be kept longer than left, which may
	// be NoExpiry. version is the result of Version before the node was asked: if the key
	// has been forgotten since then, Put does nothing.
	Put(key string, value []byte, found bool, left time.Duration, version uint64)
	// Version changes whenever the key is forgotten.
	Version(key string) uint64
	// Forget drops a key that is being written.
	Forget(key string)
	// Clear drops everything. A near cache that also has the method
	//
	//	ForgetIf(drop func(key string) bool)
	//
	// drops the keys for which drop returns true when slots have moved to another group.
	Clear()
}

// answer is a node's answer to a read of one key.
type answer struct {
	value []byte
	left  time.Duration
	err   error
	asked time.Time // when the node was asked; the entry lives at least until asked+left
	keep  bool      // the primary answered, so the near cache may store it
}

// getNear is Get with a near cache.
func (c *Client) getNear(ctx context.Context, key string) ([]byte, error) {
	v, err := c.nearValue(ctx, key)
	return clone(v), err
}

// nearValue returns a value from the near cache, or else from a node; concurrent callers
// of a key share one request. The value must not be modified.
func (c *Client) nearValue(ctx context.Context, key string) ([]byte, error) {
	near := c.opts.near
	if v, found, known := near.Get(key); known {
		if !found {
			return nil, c.missing(OpGet, key)
		}
		return v, nil
	}
	// The version keeps a caller that has just written the key from joining an older read.
	version := near.Version(key)
	flight := string(strconv.AppendUint([]byte("near "), version, 36)) + " " + key
	return c.loads.do(ctx, OpGet, flight, func(ctx context.Context) ([]byte, error) {
		a := c.fetch(ctx, key)
		c.remember(key, a, version)
		return a.value, a.err
	})
}

// fetch reads a value with its time to live. It asks the primary, since a secondary's
// value could be older than this client's own last write. If the primary does not answer,
// other members may, but their answer must not be stored in the near cache.
func (c *Client) fetch(ctx context.Context, key string) answer {
	a := answer{asked: time.Now()}
	if len(c.topology.Load().group(key).members) == 1 {
		a.value, a.left, a.err = c.observedWithTTL(ctx, OpGet, key, false)
		a.keep = true
		return a
	}
	first, cancel := c.halfTime(ctx)
	a.value, a.left, a.err = c.observedWithTTL(first, OpGet, key, true)
	cancel()
	if a.keep = a.err == nil || errors.Is(a.err, ErrNotFound); a.keep || !c.otherMayAnswer(ctx, a.err) {
		return a
	}
	a.value, a.left, a.err = c.observedWithTTL(ctx, OpGet, key, false)
	return a
}

// halfTime limits ctx to half of the time left, so that another member can be asked.
func (c *Client) halfTime(ctx context.Context) (context.Context, context.CancelFunc) {
	d := c.opts.readTimeout
	if end, ok := ctx.Deadline(); ok {
		d = min(d, time.Until(end))
	}
	return context.WithTimeout(ctx, d/2)
}

// otherMayAnswer reports whether another member may answer after err.
func (c *Client) otherMayAnswer(ctx context.Context, err error) bool {
	return ctx.Err() == nil && !c.closed.Load() && !errors.Is(err, ErrTooLarge) && !errors.Is(err, ErrEmptyKey)
}

// remember stores an answer in the near cache.
func (c *Client) remember(key string, a answer, version uint64) {
	if !a.keep {
		return
	}
	switch left := a.left; {
	case errors.Is(a.err, ErrNotFound):
		c.opts.near.Put(key, nil, false, NoExpiry, version)
	case a.err != nil:
	case left == NoExpiry:
		c.opts.near.Put(key, clone(a.value), true, NoExpiry, version)
	default:
		if left -= time.Since(a.asked); left > 0 {
			c.opts.near.Put(key, clone(a.value), true, left, version)
		}
	}
}
