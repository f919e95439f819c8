package client

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/cachegopher/cachegopher/internal/topology"
	"github.com/cachegopher/cachegopher/ring"
)

var errNoOwner = errors.New("slots belong to a group that the client does not know")

// scan is a Scan under way. A key may move to a group that has been asked already from one that has not. So the scan keeps the
// slots whose keys it may not have seen: those of which no group was the owner from the beginning to the end of its own scan.
type scan struct {
	c     *Client
	opts  ScanOptions
	yield func(key string, err error) bool
	event *Event
	left  ring.SlotSet // slots whose keys may be missing
}

// run scans each group, and then those that own what is left, until nothing is.
func (s *scan) run(ctx context.Context) {
	s.left.Add(0, ring.Slots-1)
	stuck := time.Time{} // since then no group was known to own what is left
	for {
		groups, moves, asked := s.c.topology.Load().groups, false, false
		for _, g := range groups {
			owned, stored, since := s.c.follow.slotsOf(g.id)
			slots := &owned
			if stored {
				if moves = true; keepCommon(slots, &s.left) == 0 {
					continue
				}
			} else {
				slots = nil // the group does not change
			}
			asked = true
			complete, more := s.group(ctx, g, slots, since)
			if !more {
				return
			}
			if slots != nil {
				keepCommon(&complete, slots)
			}
			for w := range complete {
				s.left[w] &^= complete[w]
			}
		}
		if !moves || s.left == (ring.SlotSet{}) {
			return
		}
		if asked {
			stuck = time.Now()
		}
		if !s.wait(ctx, groups[0], stuck) {
			return
		}
	}
}

// wait waits for news of who owns what is left. It yields an error and returns false if it waits no longer.
func (s *scan) wait(ctx context.Context, g *group, stuck time.Time) bool {
	s.c.awaitTopology(ctx, g)
	var failure *Error
	switch err := ctx.Err(); {
	case err != nil:
		failure = &Error{Op: OpScan, Err: err, kind: kNotSent | ctxKind(err)}
	case s.c.closed.Load():
		failure = closedError(OpScan)
	case time.Since(stuck) > s.c.opts.readTimeout:
		failure = &Error{Op: OpScan, Err: errNoOwner, kind: kNotSent | kUnavailable}
	default:
		return true
	}
	s.yield("", failure)
	return false
}

// owned returns the slots that the group has owned since the client knew of so many changes. It asks the member that is
// scanned, which knows that a slot has moved before it removes the slot's entries; others may hear of it later.
func (s *scan) owned(ctx context.Context, a *attempts, since uint32) (slots ring.SlotSet, failure *Error) {
	rq := [1]request{{op: OpDo, args: []string{"TOPOLOGY"}}}
	r, failure := a.node.attempt(ctx, rq[:], nil, a.patience)
	if failure != nil {
		return slots, failure
	}
	var is topology.Topology
	if document := []byte(r.value().Text()); r.ok() && json.Unmarshal(document, &is) == nil {
		s.c.learn(document, false)
	}
	slots = s.c.follow.keptBy(a.g.id, since)
	if own, stored := slotsIn(&is, a.g.id); stored {
		keepCommon(&slots, &own)
	}
	return slots, nil
}

func slotsIn(t *topology.Topology, group string) (slots ring.SlotSet, stored bool) {
	if t == nil || t.Slots == nil {
		return slots, false
	}
	for _, o := range t.Slots.Owners {
		if o.Group == group {
			slots = o.Ranges.Set()
		}
	}
	return slots, true
}

// keepCommon removes from s what is not in other, and returns how many slots are left.
func keepCommon(s, other *ring.SlotSet) int {
	for w := range s {
		s[w] &= other[w]
	}
	return s.Len()
}
