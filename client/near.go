package client

import (
	"context"
	"errors"
	"strconv"
	"time"
)

// NearCache keeps copies of values in the process; package nearcache has one.
// Its methods are called concurrently.
type NearCache interface {
	// Get looks a key up. known says that the cache can tell; then found says
	// whether there is a value. The value must not be changed.
	Get(key string) (value []byte, found, known bool)
	// Put remembers a value, which nobody changes any more, or with found false
	// that there is none. A value must not be kept for longer than left, which is
	// NoExpiry for an entry that stays for good. version is what Version returned
	// before the node was asked: when the key was forgotten since, nothing is
	// remembered.
	Put(key string, value []byte, found bool, left time.Duration, version uint64)
	// Version changes whenever the key is forgotten.
	Version(key string) uint64
	// Forget drops the key, because it is written.
	Forget(key string)
	// Clear drops everything.
	Clear()
}

// answer is what a node said of a key.
type answer struct {
	value []byte
	left  time.Duration
	err   error
	asked time.Time // when the node was asked: the entry lives until asked+left at least
	keep  bool      // it is the primary's, so that the near cache may remember it
}

// getNear is Get with a near cache.
func (c *Client) getNear(ctx context.Context, key string) ([]byte, error) {
	v, err := c.nearValue(ctx, key)
	return clone(v), err
}

// nearValue returns a value that must not be changed, from the near cache or
// else from a node, which one caller asks for all who want the key.
func (c *Client) nearValue(ctx context.Context, key string) ([]byte, error) {
	near := c.opts.near
	if v, found, known := near.Get(key); known {
		if !found {
			return nil, c.missing(OpGet, key)
		}
		return v, nil
	}
	// Who has written the key meanwhile must not be given what was read before.
	version := near.Version(key)
	flight := string(strconv.AppendUint([]byte("near "), version, 36)) + " " + key
	return c.loads.do(ctx, OpGet, flight, func(ctx context.Context) ([]byte, error) {
		a := c.fetch(ctx, key)
		c.remember(key, a, version)
		return a.value, a.err
	})
}

// fetch reads a value with its time to live. It asks the primary, because a copy
// of what a secondary has could be older than what this client wrote before. When
// the primary does not answer another member may, and what that one says is not
// to be remembered.
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

// halfTime leaves time to ask another member.
func (c *Client) halfTime(ctx context.Context) (context.Context, context.CancelFunc) {
	d := c.opts.readTimeout
	if end, ok := ctx.Deadline(); ok {
		d = min(d, time.Until(end))
	}
	return context.WithTimeout(ctx, d/2)
}

// otherMayAnswer reports whether it makes sense to ask another member after err.
func (c *Client) otherMayAnswer(ctx context.Context, err error) bool {
	return ctx.Err() == nil && !c.closed.Load() && !errors.Is(err, ErrTooLarge) && !errors.Is(err, ErrEmptyKey)
}

// remember puts an answer into the near cache.
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
