//go:build linux

package failover

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/cachegopher/cachegopher/bench/sut"
	"github.com/cachegopher/cachegopher/internal/nodeprocess"
)

// patience is how long a program may take to start, and a group to be in step.
const patience = 20 * time.Second

// cluster is an etcd and a group of three nodes.
type cluster struct {
	opts   *Options
	folder string
	config string // path
	etcd   *nodeprocess.Process
	etcdAt string
	nodes  []*node
}

type node struct {
	id, address string
	process     *nodeprocess.Process
}

func startCluster(ctx context.Context, o *Options) (c *cluster, err error) {
	started := &cluster{opts: o}
	c = started
	if c.folder, err = os.MkdirTemp("", "cachegopher-failover"); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("%w%s", err, started.said())
			started.close()
		}
	}()
	free, err := sut.FreeAddresses(4)
	if err != nil {
		return nil, err
	}
	members := sut.GroupAt(free[:3])
	for _, m := range members {
		c.nodes = append(c.nodes, &node{id: m.ID, address: m.Address})
	}
	c.etcdAt, c.config = free[3], filepath.Join(c.folder, "config.json")
	if err := sut.WriteConfig(c.config, members, map[string]any{
		"common":       map[string]any{"production": true, "event_loops": 1, "max_memory": "256MB"},
		"coordination": map[string]any{"etcd": []string{"http://" + c.etcdAt}, "cluster": "bench", "failover_after": o.After.String()},
		"logging":      map[string]any{"level": "info"},
	}); err != nil {
		return nil, err
	}
	if err := c.startEtcd(); err != nil {
		return nil, err
	}
	for i := range c.nodes {
		if err := c.start(i); err != nil {
			return nil, err
		}
	}
	_, err = c.inStep(ctx)
	return c, err
}

func (c *cluster) startEtcd() (err error) {
	c.etcd, err = c.launch(c.opts.Etcd, "-listen", c.etcdAt, "-data-dir", filepath.Join(c.folder, "etcd"))
	return err
}

// start starts node i.
func (c *cluster) start(i int) (err error) {
	n := c.nodes[i]
	n.process, err = c.launch(c.opts.Node, "--config", c.config, "--server-id", n.id)
	return err
}

func (c *cluster) launch(program string, args ...string) (*nodeprocess.Process, error) {
	program, err := filepath.Abs(program) // it starts in another folder
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(program, args...)
	cmd.Dir = c.folder
	if c.opts.Verbose != nil {
		cmd.Stdout, cmd.Stderr = c.opts.Verbose, c.opts.Verbose
	}
	return nodeprocess.Launch(cmd, nil)
}

// inStep waits until there is one primary, whose secondaries have everything, and returns it.
func (c *cluster) inStep(ctx context.Context) (primary int, err error) {
	others := strconv.Itoa(len(c.nodes) - 1)
	for end := time.Now().Add(patience); ; pause(ctx, 20*time.Millisecond) {
		var found []int
		for i, n := range c.nodes {
			if got, err := n.ask(ctx, "INFO", "replication"); err == nil && strings.Contains(got, "role:master") {
				found = append(found, i)
			}
		}
		if len(found) == 1 {
			if got, err := c.nodes[found[0]].ask(ctx, "WAIT", others, "1000"); err == nil && got == others {
				return found[0], nil
			}
		}
		if ctx.Err() != nil {
			return 0, ctx.Err()
		}
		if time.Now().After(end) {
			return 0, fmt.Errorf("the group is not in step after %v; primaries: %v", patience, found)
		}
	}
}

// counted is how many acknowledged writes the nodes say were lost, also by those that ended since.
func (c *cluster) counted() (total int) {
	for _, n := range c.nodes {
		got, err := n.ask(context.Background(), "INFO", "replication")
		if err != nil {
			continue
		}
		_, rest, _ := strings.Cut(got, "lost_writes:")
		number, _, _ := strings.Cut(rest, "\r\n")
		lost, _ := strconv.Atoi(number)
		total += lost
	}
	return total
}

// ask makes one request on a connection of its own.
func (n *node) ask(ctx context.Context, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	c, err := (&sut.Wire{Network: "tcp", Address: n.address, Dialect: sut.RESP{}}).Connect(ctx)
	if err != nil {
		return "", err
	}
	defer c.Close()                                //nolint:errcheck // nothing is lost
	c.SetDeadline(time.Now().Add(2 * time.Second)) //nolint:errcheck // a TCP connection has deadlines
	return c.Do(args...)
}

func (n *node) promote(ctx context.Context) error {
	_, err := n.ask(ctx, "PROMOTE")
	return err
}

// suspend stops the process, and returns once it does not run any more.
func (n *node) suspend(ctx context.Context) error {
	if err := n.process.Signal(syscall.SIGSTOP); err != nil {
		return err
	}
	for end := time.Now().Add(patience); ; pause(ctx, time.Millisecond) {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", n.process.PID()))
		if err != nil {
			return err
		}
		if _, state, _ := strings.Cut(string(text), ") "); strings.HasPrefix(state, "T") {
			return nil
		}
		if time.Now().After(end) {
			return fmt.Errorf("node %s still runs %v after SIGSTOP", n.id, patience)
		}
	}
}

// terminate sends SIGTERM and waits for the node's end.
func (n *node) terminate(ctx context.Context) error {
	if err := n.process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	select {
	case <-n.process.Ended():
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(patience):
		return fmt.Errorf("node %s has not ended %v after SIGTERM", n.id, patience)
	}
}

// said is the last output of the programs.
func (c *cluster) said() string {
	var b strings.Builder
	for _, n := range c.nodes {
		if n.process != nil {
			fmt.Fprintf(&b, "\n%s said:\n%s", n.id, n.process.Said.String())
		}
	}
	return b.String()
}

func (c *cluster) close() {
	for _, n := range c.nodes {
		if n.process != nil {
			_ = n.process.Signal(syscall.SIGCONT) // it may be stopped, or have ended
			n.process.Kill()
		}
	}
	if c.etcd != nil {
		c.etcd.Kill()
	}
	os.RemoveAll(c.folder) //nolint:errcheck // a temporary folder
}
