//go:build linux

package failover

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/cachegopher/cachegopher/internal/info"
	"github.com/cachegopher/cachegopher/internal/nodeprocess"
)

// patience is how long a process may take to stop or to end.
const patience = 20 * time.Second

// cluster is an etcd and a group of three nodes.
type cluster struct {
	*nodeprocess.Group
	etcd nodeprocess.Etcd
}

func startCluster(ctx context.Context, o *Options) (c *cluster, err error) {
	started := &cluster{}
	if started.Group, err = nodeprocess.New(nodeprocess.Options{Program: o.Node, Secondaries: 2, Output: o.Verbose}); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("%w%s", err, started.Said())
			started.close()
		}
	}()
	free, err := nodeprocess.FreeAddresses(1)
	if err != nil {
		return nil, err
	}
	started.etcd = nodeprocess.Etcd{Program: o.Etcd, Address: free[0], Data: filepath.Join(started.Folder, "etcd")}
	started.Sections = map[string]any{
		"common":       map[string]any{"production": true, "event_loops": 1, "max_memory": "256MB", "state_directory": filepath.Join(started.Folder, "state")},
		"coordination": map[string]any{"etcd": []string{"http://" + free[0]}, "cluster": "bench", "failover_after": o.After.String()},
		"logging":      map[string]any{"level": "info"},
	}
	if err := started.etcd.Start(); err != nil {
		return nil, err
	}
	return started, started.StartAll(ctx)
}

// counts has how many acknowledged writes each process of a node says were lost. A process that was killed is accounted for by the
// node's next one.
type counts map[int]int // by process id

func (c *cluster) counted() counts {
	by := counts{}
	for _, n := range c.Nodes {
		if got, err := n.Ask("INFO", "replication"); err == nil {
			by[n.Process.PID()], _ = strconv.Atoi(info.Parse(got)["lost_writes"])
		}
	}
	return by
}

// since is how many were counted after before was taken.
func (c counts) since(before counts) (total int) {
	for pid, n := range c {
		total += n - before[pid]
	}
	return total
}

// suspend stops a node's process, and returns once it does not run any more.
func suspend(ctx context.Context, n *nodeprocess.Node) error {
	if err := n.Process.Signal(syscall.SIGSTOP); err != nil {
		return err
	}
	return nodeprocess.Await(ctx, patience, time.Millisecond, func() error {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", n.Process.PID()))
		if _, state, _ := strings.Cut(string(text), ") "); err == nil && !strings.HasPrefix(state, "T") {
			err = fmt.Errorf("node %s still runs after SIGSTOP", n.ID)
		}
		return err
	})
}

// terminate sends SIGTERM and waits for the node's end.
func terminate(n *nodeprocess.Node) error {
	if err := n.Process.End(syscall.SIGTERM, patience); err != nil {
		return fmt.Errorf("node %s: %w", n.ID, err)
	}
	return nil
}

func (c *cluster) close() {
	c.Close()
	c.etcd.Kill()
}
