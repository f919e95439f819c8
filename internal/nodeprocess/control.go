package nodeprocess

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// patience bounds how long a group may take to start, and to be in step.
const patience = 30 * time.Second

// InStep waits until all nodes serve and one is the primary, whose secondaries have everything. It returns the primary.
func (g *Group) InStep(ctx context.Context) (primary int, err error) {
	err = Await(ctx, patience, 10*time.Millisecond, func() (err error) {
		if primary, err = g.inStep(); err == nil {
			return nil
		}
		for _, n := range g.Nodes {
			if !n.Process.Alive() {
				return fmt.Errorf("node %s: %w:\n%s", n.ID, ErrEnded, n.Process.Said.String())
			}
		}
		return fmt.Errorf("the group is not in step: %w", err)
	})
	return primary, err
}

// inStep returns the primary, or why the group is not in step.
func (g *Group) inStep() (int, error) {
	var primaries []int
	for i, n := range g.Nodes {
		if _, err := n.Ask("PING"); err != nil {
			return 0, fmt.Errorf("%s: %w", n.ID, err)
		}
		if got, err := n.Ask("INFO", "replication"); err == nil && strings.Contains(got, "role:master") {
			primaries = append(primaries, i)
		}
	}
	if len(primaries) != 1 {
		return 0, fmt.Errorf("primaries: %v", primaries)
	}
	others := strconv.Itoa(len(g.Nodes) - 1)
	got, err := g.Nodes[primaries[0]].Ask("WAIT", others, "1000")
	if err == nil && got != others {
		err = fmt.Errorf("%s of %s secondaries have everything", got, others)
	}
	return primaries[0], err
}

// Ask is the function Ask for the text of the node's reply.
func (n *Node) Ask(args ...string) (string, error) {
	reply, err := Ask(context.Background(), n.Address, args...)
	return reply.Text, err
}

// Pause stops the primary from sending writes to its secondaries, Resume lets it go on.
func (g *Group) Pause() error { return g.replica("PAUSE") }

// Resume ends Pause, and returns when the secondaries have everything.
func (g *Group) Resume() error {
	if err := g.replica("RESUME"); err != nil {
		return err
	}
	_, err := g.InStep(context.Background())
	return err
}

func (g *Group) replica(what string) error {
	if _, err := g.Nodes[0].Ask("REPLICA", what); err != nil {
		return fmt.Errorf("REPLICA %s: %w", what, err)
	}
	return nil
}
