package client

import (
	"context"
	"iter"
	"strconv"
)

// ScanOptions are options of Scan.
type ScanOptions struct {
	Match string // a glob pattern as for MATCH; empty: every key
	Count int    // number of entries that a node examines in one step; 0: 512

	// FromPrimary asks only the primary of each group. Use it when the keys are to be
	// changed or deleted. Without it any member may answer, and a secondary may lack keys
	// of the primary: the latest ones, and those that do not fit its memory.
	FromPrimary bool
}

// Scan returns the keys of all groups. It asks one member of each group: the one that a
// read would go to, or the primary with FromPrimary. It returns every key that the member
// has during the whole scan at least once, and may return keys that are added or removed
// meanwhile. If a member fails, the scan of its group restarts on another one, unless only
// the primary may be asked. An error is the last result of its group; the scan then
// continues with the next group.
func (c *Client) Scan(ctx context.Context, opts ScanOptions) iter.Seq2[string, error] {
	if opts.Count <= 0 {
		opts.Count = 512
	}
	return func(yield func(string, error) bool) {
		_ = c.observe(ctx, OpScan, 0, func(ctx context.Context, e *Event) (failed error) {
			tell := func(key string, err error) bool {
				if err != nil {
					failed = err
				}
				e.BytesIn += len(key)
				return yield(key, err)
			}
			for _, g := range c.topology.Load().groups {
				if !c.scanGroup(ctx, g, opts, tell, e) {
					break
				}
			}
			return failed
		})
	}
}

// scanGroup scans one group and reports whether to continue.
func (c *Client) scanGroup(ctx context.Context, g *group, opts ScanOptions, yield func(string, error) bool, e *Event) bool {
	to := anyMember
	if opts.FromPrimary {
		to = onlyPrimary
	}
	a := c.attempts(g, to)
	a.limit, a.whole = 1, true // one scan on each member
	rq := [1]request{{op: OpScan, match: opts.Match, num: int64(opts.Count)}}
	for {
		a.next(ctx)
		failure, more := scanNode(ctx, &a, rq[:], yield, e)
		if failure == nil || !more {
			return more
		}
		a.note(failure)
		if !a.again(ctx, &rq[0], nil, failure) {
			return yield("", failure)
		}
	}
}

// scanNode scans the chosen member. more is false when yield wants no more keys.
func scanNode(ctx context.Context, a *attempts, rq []request, yield func(string, error) bool, e *Event) (failure *Error, more bool) {
	n := a.node
	rq[0].cursor = 0
	for {
		e.asked(n, 1)
		r, failed := n.attempt(ctx, rq, nil, a.patience)
		if failed != nil {
			return failed, true
		}
		if r.err != nil {
			return n.refused(OpScan, r.err), true
		}
		cursor, keys, err := scanPage(r)
		if err != nil {
			return &Error{Op: OpScan, Node: n.id, Address: n.address, Err: err, kind: kUnavailable | kUnknown}, true
		}
		for _, k := range keys {
			if !yield(string(k.Bytes), nil) {
				return nil, false
			}
		}
		if cursor == 0 {
			return nil, true
		}
		rq[0].cursor = cursor
	}
}

func scanPage(r reply) (cursor uint64, keys []Value, err error) {
	if r.val == nil || len(r.val.Array) != 2 {
		return 0, nil, errProtocol
	}
	cursor, err = strconv.ParseUint(string(r.val.Array[0].Bytes), 10, 64)
	return cursor, r.val.Array[1].Array, err
}
