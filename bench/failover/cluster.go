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
		"common":       map[string]any{"production": true, "event_loops": 1, "max_memory": "256MB"},
		"coordination": map[string]any{"etcd": []string{"http://" + free[0]}, "cluster": "bench", "failover_after": o.After.String()},
		"logging":      map[string]any{"level": "info"},
	}
	if err := started.etcd.Start(); err != nil {
		return nil, err
	}
	return started, started.StartAll(ctx)
}

// counted is how many acknowledged writes the nodes say were lost, also by those that ended since.
func (c *cluster) counted() (total int) {
	for _, n := range c.Nodes {
		if got, err := n.Ask("INFO", "replication"); err == nil {
			lost, _ := strconv.Atoi(info.Parse(got)["lost_writes"])
			total += lost
		}
	}
	return total
}

// suspend stops a node's process, and returns once it does not run any more.
func suspend(ctx context.Context, n *nodeprocess.Node) error {
	if err := n.Process.Signal(syscall.SIGSTOP); err != nil {
		return err
	}
	for end := time.Now().Add(patience); ; pause(ctx, time.Millisecond) {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", n.Process.PID()))
		if err != nil {
			return err
		}
		if _, state, _ := strings.Cut(string(text), ") "); strings.HasPrefix(state, "T") {
			return nil
		}
		if time.Now().After(end) {
			return fmt.Errorf("node %s still runs %v after SIGSTOP", n.ID, patience)
		}
	}
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
