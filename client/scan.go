package client

import (
	"context"
	"iter"
	"strconv"

	"github.com/cachegopher/cachegopher/ring"
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
// has during the whole scan at least once, also if its slot moves to another group meanwhile,
// and may return keys that are added or removed meanwhile. If a member fails, the scan of its
// group restarts on another one, unless only the primary may be asked. An error is the last
// result of its group; the scan then continues with the next group.
//
// A scan during moves of slots asks groups again that have got some, and ends after the moves.
func (c *Client) Scan(ctx context.Context, opts ScanOptions) iter.Seq2[string, error] {
	if opts.Count <= 0 {
		opts.Count = 512
	}
	return func(yield func(string, error) bool) {
		_ = c.observe(ctx, OpScan, 0, func(ctx context.Context, e *Event) (failed error) {
			s := scan{c: c, opts: opts, event: e, yield: func(key string, err error) bool {
				if err != nil {
					failed = err
				}
				e.BytesIn += len(key)
				return yield(key, err)
			}}
			s.run(ctx)
			return failed
		})
	}
}

// group scans one group for the keys of slots, or for all that it has if slots is nil. more is false when the caller wants no
// more keys. complete are the slots that the group has owned all the time since the client knew of so many changes.
func (s *scan) group(ctx context.Context, g *group, slots *ring.SlotSet, since uint32) (complete ring.SlotSet, more bool) {
	to := anyMember
	if s.opts.FromPrimary {
		to = onlyPrimary
	}
	a := s.c.attempts(g, to)
	a.limit, a.whole = 1, true // one scan on each member
	if own := s.c.opts.own; own != nil && to == anyMember && len(g.members) > 1 {
		a.barred = own.lackingUpTo(g, own.latest.Load())
	}
	rq := [1]request{{op: OpScan, match: s.opts.Match, num: int64(s.opts.Count)}}
	for {
		a.next(ctx)
		var before ring.SlotSet // a member that hears of its slots during its scan may have got their entries behind it
		var failure *Error
		if slots != nil {
			before, failure = s.owned(ctx, &a, since)
		}
		if failure == nil {
			if failure, more = s.node(ctx, &a, rq[:], slots); !more {
				return complete, false
			}
		}
		if failure == nil && slots != nil {
			complete, failure = s.owned(ctx, &a, since)
			keepCommon(&complete, &before)
		}
		if failure == nil {
			return complete, true
		}
		a.note(failure)
		if !a.again(ctx, &rq[0], nil, failure) {
			if slots != nil {
				complete = *slots // the caller is told that they are not
			}
			return complete, s.yield("", failure)
		}
	}
}

// node scans the chosen member.
func (s *scan) node(ctx context.Context, a *attempts, rq []request, slots *ring.SlotSet) (failure *Error, more bool) {
	n := a.node
	rq[0].cursor = 0
	for {
		s.event.asked(n, 1)
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
			if slots != nil && !slots.HasKey(k.Bytes) {
				continue // what a move has left, or has brought so far
			}
			if !s.yield(string(k.Bytes), nil) {
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
