//go:build linux

package moves

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/cachegopher/cachegopher/internal/nodeprocess"
	"github.com/cachegopher/cachegopher/internal/topology"
)

// holds are the times for which writes were held, one for each hand-over.
type holds []time.Duration

func (h holds) median() time.Duration {
	if len(h) == 0 {
		return 0
	}
	return slices.Sorted(slices.Values(h))[len(h)/2]
}

func (h holds) worst() time.Duration {
	if len(h) == 0 {
		return 0
	}
	return slices.Max(h)
}

// poll is the interval at which nodes are asked about hand-overs; two of a node are further apart.
const poll = 200 * time.Millisecond

// watchHolds asks the primaries about their hand-overs until stop, which returns what they held. The primaries must not
// change.
func (t *trial) watchHolds(ctx context.Context) (stop func() holds, err error) {
	var nodes []*nodeprocess.Node
	for _, g := range t.Groups {
		p, err := g.InStep(ctx)
		if err != nil {
			return nil, err
		}
		nodes = append(nodes, g.Nodes[p])
	}
	ctx, cancel := context.WithCancel(ctx)
	found := make(chan holds)
	for _, n := range nodes {
		go func() { found <- holdsOf(ctx, n) }()
	}
	return func() (all holds) {
		cancel()
		for range nodes {
			all = append(all, <-found...)
		}
		return all
	}, nil
}

// holdsOf asks a node until ctx ends.
func holdsOf(ctx context.Context, n *nodeprocess.Node) (all holds) {
	c, err := nodeprocess.Dial(ctx, n.Address)
	if err != nil {
		return nil
	}
	defer c.Close() //nolint:errcheck // done with it
	done := int64(-1)
	for ended := false; !ended; {
		select {
		case <-ctx.Done():
			ended = true // ask once more
		case <-time.After(poll):
		}
		reply, err := c.Do(deadline, "REBALANCE", "STATUS")
		if err != nil {
			return all
		}
		var p topology.Progress
		if json.Unmarshal([]byte(reply.Text), &p) != nil {
			return all
		}
		if done >= 0 && p.Giving.Done > done {
			all = append(all, p.Giving.HeldLast)
		}
		done = p.Giving.Done
	}
	return all
}
