//go:build linux

package moves

import (
	"fmt"
	"os/exec"
	"slices"
	"time"

	"github.com/cachegopher/cachegopher/internal/nodeprocess"
	"github.com/cachegopher/cachegopher/ring"
)

// moveIn is how long a rebalance may take at all.
const moveIn = 5 * time.Minute

// rebalance starts the command line's REBALANCE, which ends when the moves have ended.
func (t *trial) rebalance(flags ...string) (*nodeprocess.Process, error) {
	return t.command(append(flags, "--yes")...)
}

// command starts the command line's REBALANCE with flags.
func (t *trial) command(flags ...string) (*nodeprocess.Process, error) {
	args := slices.Concat([]string{"--config", t.Groups[0].Nodes[0].Config, "REBALANCE"}, flags)
	return nodeprocess.Launch(exec.Command(t.o.CLI, args...), nil)
}

// ended waits for the end of a process and returns an error unless it was successful.
func ended(p *nodeprocess.Process, limit time.Duration) error {
	select {
	case <-p.Ended():
	case <-time.After(limit):
		p.Kill()
		return fmt.Errorf("REBALANCE has not ended after %v: %s", limit, p.Said.Last())
	}
	if !p.State().Success() {
		return fmt.Errorf("REBALANCE: %w", p.Failure())
	}
	return nil
}

// shares returns the slots of each group by weight.
func shares(weights map[string]int) map[string]int {
	total, all := 0, map[string]int{}
	for _, w := range weights {
		total += w
	}
	for g, w := range weights {
		all[g] = ring.Slots * w / total
	}
	return all
}
