//go:build linux

package moves

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/cachegopher/cachegopher/internal/nodeprocess"
	"github.com/cachegopher/cachegopher/internal/topology"
)

// aim is a moment of a hand-over from one group to another.
type aim struct {
	nth   int           // of their hand-overs
	after time.Duration // since it was seen to have begun
}

// The bounds of an aim. There are at least two hand-overs, which take tens of milliseconds each.
const (
	aimNth   = 2
	aimAfter = 12 * time.Millisecond
	aimPoll  = time.Millisecond
)

func (a aim) String() string {
	return fmt.Sprintf("%s after the begin of hand-over %d", round(a.after), a.nth)
}

// await waits for the moment at the primary that gives slots to a group. It returns false if there are no such hand-overs any more.
func (a aim) await(ctx context.Context, giver *nodeprocess.Node, to string) (bool, error) {
	c, err := nodeprocess.Dial(ctx, giver.Address)
	if err != nil {
		return false, err
	}
	defer c.Close() //nolint:errcheck // done with it
	for seen := map[string]bool{}; ctx.Err() == nil; pause(ctx, aimPoll) {
		reply, err := c.Do(deadline, "REBALANCE", "STATUS")
		if err != nil {
			return false, err
		}
		var p topology.Progress
		if err := json.Unmarshal([]byte(reply.Text), &p); err != nil {
			return false, err
		}
		for _, m := range p.Giving.Moves {
			if m.To == to && m.State == "handing over" {
				seen[m.ID] = true
			}
		}
		if len(seen) == a.nth {
			pause(ctx, a.after)
			return true, nil
		}
		if !slices.ContainsFunc(p.Giving.Moves, func(m topology.MoveProgress) bool { return m.To == to && m.State != "removing" }) {
			return false, nil
		}
	}
	return false, ctx.Err()
}
