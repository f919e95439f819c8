package client

import (
	"context"
	"errors"
	"time"
)

// getManyNear is GetMany with a near cache: it asks nodes only for keys that the near
// cache does not know.
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
	got, err := c.fetchMany(ctx, ask)
	for j, a := range got {
		results[at[j]] = Result{a.value, a.err}
		c.remember(ask[j], a, versions[j])
	}
	return results, err
}

// fetchMany is fetch for many keys.
func (c *Client) fetchMany(ctx context.Context, keys []string) ([]answer, error) {
	first, cancel := c.halfTime(ctx)
	defer cancel()
	if c.alone() {
		first = ctx
	}
	answers, err := c.readMany(first, keys)
	if err == nil || !c.otherMayAnswer(ctx, err) {
		return answers, err
	}
	var (
		again []string
		at    []int
	)
	for i, a := range answers {
		if !a.keep {
			again, at = append(again, keys[i]), append(at, i)
		}
	}
	results, err := c.getMany(ctx, again, false)
	for j, r := range results {
		answers[at[j]] = answer{value: r.Value, err: r.Err}
	}
	return answers, err
}

// alone reports whether every group has only one member.
func (c *Client) alone() bool {
	for _, g := range c.topology.Load().groups {
		if len(g.members) > 1 {
			return false
		}
	}
	return true
}

// readMany reads values with their times to live from the primaries.
func (c *Client) readMany(ctx context.Context, keys []string) ([]answer, error) {
	reqs := make([]request, 0, 2*len(keys))
	for _, k := range keys {
		reqs = append(reqs, request{op: OpGet, key: k, primary: true}, request{op: OpTTL, key: k, primary: true})
	}
	asked := time.Now()
	replies := c.many(ctx, OpGetMany, reqs)
	answers := make([]answer, len(keys))
	values := make([]reply, len(keys)) // without the replies to PTTL
	for i := range answers {
		a := &answers[i]
		a.asked = asked
		value, ttl := &replies[2*i], &replies[2*i+1]
		found := false
		if a.left, found = lifeLeft(ttl.n); ttl.err != nil {
			a.left = 0 // unknown: returned but not stored
			found = true
		}
		switch {
		case value.err != nil:
			a.err = value.err
		case value.null() || !found:
			a.err = c.missing(OpGetMany, keys[i])
		default:
			a.value = value.b
		}
		values[i].err = a.err
		a.keep = a.err == nil || errors.Is(a.err, ErrNotFound)
	}
	return answers, failures(OpGetMany, values)
}
