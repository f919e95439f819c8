//go:build linux

package cluster

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/cachegopher/cachegopher/internal/info"
	"github.com/cachegopher/cachegopher/internal/nodeprocess"
)

// Counts has how many acknowledged writes each process of a node says were lost. A process that was killed is accounted for
// by the node's next one.
type Counts map[int]int // by process id

// Counted asks all nodes.
func (c *Cluster) Counted() Counts {
	by := Counts{}
	for _, n := range c.Nodes() {
		if got, err := n.Ask("INFO", "replication"); err == nil {
			by[n.Process.PID()], _ = strconv.Atoi(info.Parse(got)["lost_writes"])
		}
	}
	return by
}

// Since is how many were counted after before was taken.
func (c Counts) Since(before Counts) (total int) {
	for pid, n := range c {
		total += n - before[pid]
	}
	return total
}

// Suspend stops a process, and returns once it does not run any more.
func Suspend(ctx context.Context, p *nodeprocess.Process) error {
	if err := p.Signal(syscall.SIGSTOP); err != nil {
		return err
	}
	return nodeprocess.Await(ctx, patience, time.Millisecond, func() error {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.PID()))
		if _, state, _ := strings.Cut(string(text), ") "); err == nil && !strings.HasPrefix(state, "T") {
			err = fmt.Errorf("process %d still runs after SIGSTOP", p.PID())
		}
		return err
	})
}

// Terminate sends SIGTERM and waits for the node's end.
func Terminate(n *nodeprocess.Node) error {
	if err := n.Process.End(syscall.SIGTERM, patience); err != nil {
		return fmt.Errorf("node %s: %w", n.ID, err)
	}
	return nil
}
