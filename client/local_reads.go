package client

import (
	"context"
	"time"

	"github.com/cachegopher/cachegopher/lru/view"
)

// getLocal is Get from memory; ok is false if a node must be asked.
func (c *Client) getLocal(ctx context.Context, key string, dst []byte, primary bool) (value []byte, ok bool) {
	if c.opts.hooks == nil {
		value, _, _, n := c.localGet(key, dst, primary)
		return value, n != nil
	}
	start := time.Now()
	value, _, _, n := c.localGet(key, dst, primary)
	if n == nil {
		return dst, false
	}
	c.observeLocal(ctx, OpGet, n, 1, len(key), len(value)-len(dst), start)
	return value, true
}

// ttlLocal is TTL from memory; ok is false if a node must be asked.
func (c *Client) ttlLocal(ctx context.Context, key string, primary bool) (left time.Duration, ok bool) {
	var start time.Time
	if c.opts.hooks != nil {
		start = time.Now()
	}
	expiry, now, n := c.localExpiry(key, primary)
	if n == nil {
		return 0, false
	}
	if c.opts.hooks != nil {
		c.observeLocal(ctx, OpTTL, n, 1, len(key), 0, start)
	}
	return localLeft(expiry, now), true
}

// localLeft is the remaining time to live of an entry that expires at expiry, by the clock of its node.
func localLeft(expiry, now int64) time.Duration {
	if expiry == 0 {
		return NoExpiry
	}
	left, _ := lifeLeft(expiry - now)
	return left
}

// getManyLocal is GetMany from memory; it asks nodes for what is not there.
func (c *Client) getManyLocal(ctx context.Context, keys []string, primary bool) ([]Result, error) {
	start := time.Now()
	results := make([]Result, len(keys))
	var (
		ask      []string
		at       []int
		from     *node
		out, got int
	)
	for i, k := range keys {
		if i%view.MaxAhead == 0 {
			c.localAhead(keys[i:min(i+view.MaxAhead, len(keys))], primary)
		}
		v, _, _, n := c.localGet(k, nil, primary)
		if n == nil {
			ask, at = append(ask, k), append(at, i)
			continue
		}
		results[i].Value = v
		from, out, got = n, out+len(k), got+len(v)
	}
	if from != nil && c.opts.hooks != nil {
		c.observeLocal(ctx, OpGetMany, from, len(keys)-len(ask), out, got, start)
	}
	if len(ask) == 0 {
		return results, nil
	}
	rest, err := c.askMany(ctx, ask, primary)
	for j, r := range rest {
		results[at[j]] = r
	}
	return results, err
}

// localAhead has the processor load what localGet of these keys, at most view.MaxAhead, will read, all at the same time.
func (c *Client) localAhead(keys []string, primary bool) {
	if len(keys) < 2 {
		return
	}
	var hashes [view.MaxAhead]uint64
	t := c.topology.Load()
	_, m := t.group(keys[0]).localMember(keys[0], primary, nil)
	if m == nil {
		return
	}
	n := 0
	for _, k := range keys {
		if _, of := t.group(k).localMember(k, primary, nil); of == m {
			hashes[n] = m.view.Hash(textBytes(k))
			n++
		}
	}
	m.view.Ahead(hashes[:n])
}
