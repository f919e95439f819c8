package client

import (
	"context"
	"errors"
	"strconv"
)

// NearCache keeps copies of values in the process; package nearcache has one.
// Its methods are called concurrently.
type NearCache interface {
	// Get looks a key up. known says that the cache can tell; then found says
	// whether there is a value. The value must not be changed.
	Get(key string) (value []byte, found, known bool)
	// Put remembers a value, which nobody changes any more, or with found false
	// that there is none. version is what Version returned before the node was
	// asked: when the key was forgotten since, nothing is remembered.
	Put(key string, value []byte, found bool, version uint64)
	// Version changes whenever the key is forgotten.
	Version(key string) uint64
	// Forget drops the key, because it is written.
	Forget(key string)
	// Clear drops everything.
	Clear()
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
	return c.loads.do(ctx, c.ctx, OpGet, flight, func(ctx context.Context) ([]byte, error) {
		v, err := c.getTo(ctx, key, nil, false)
		c.remember(key, v, err, version)
		return v, err
	})
}

// remember puts what a node said of a key into the near cache.
func (c *Client) remember(key string, v []byte, err error, version uint64) {
	switch {
	case err == nil:
		c.opts.near.Put(key, clone(v), true, version)
	case errors.Is(err, ErrNotFound):
		c.opts.near.Put(key, nil, false, version)
	}
}

// getManyNear is GetMany with a near cache: nodes are asked for what it does not
// know.
func (c *Client) getManyNear(ctx context.Context, keys []string) ([]Result, error) {
	near := c.opts.near
	results := make([]Result, len(keys))
	var (
		ask      []string
		at       []int
		versions []uint64
	)
	for i, k := range keys {
		v, found, known := near.Get(k)
		switch {
		case !known:
			ask, at, versions = append(ask, k), append(at, i), append(versions, near.Version(k))
		case found:
			results[i].Value = clone(v)
		default:
			results[i].Err = c.missing(OpGetMany, k)
		}
	}
	if len(ask) == 0 {
		return results, nil
	}
	got, err := c.getMany(ctx, ask, false)
	for j, r := range got {
		results[at[j]] = r
		c.remember(ask[j], r.Value, r.Err, versions[j])
	}
	return results, err
}

// forget drops from the near cache what the requests change.
func (c *Client) forget(reqs []request) {
	if c.opts.near == nil {
		return
	}
	for i := range reqs {
		if reqs[i].writes() {
			c.opts.near.Forget(reqs[i].key)
		}
	}
}
