//go:build linux

// Package cluster starts an etcd and groups of nodes as processes on this machine, for measurements of changes of primary
// and of moves of slots.
package cluster

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/cachegopher/cachegopher/internal/nodeprocess"
)

// patience is how long a process may take to stop or to end.
const patience = 20 * time.Second

// size is the number of nodes of a group.
const size = 3

// Options say which programs to start, and with which configs.
type Options struct {
	Node, Etcd string         // paths of the programs
	After      time.Duration  // failover_after of the nodes
	Recover    bool           // nodes start with --recover
	Common     map[string]any // further keys of the configs' "common"
	Output     io.Writer      // receives the programs' output; nil: discarded
}

// Cluster is an etcd and groups of three nodes. Groups are named a, b, c and so on, and the nodes of group a are a1, a2
// and a3; a1 is the primary as configs say.
type Cluster struct {
	Etcd    nodeprocess.Etcd
	Groups  []*nodeprocess.Group
	Weights map[string]int // of groups that are in the configs; 1 for others

	o          Options
	scratch    *nodeprocess.Scratch
	folder     string // its path
	configured int    // the first groups, which are in the configs; others have joined
}

// Start starts etcd and groups. Close must be called.
func Start(ctx context.Context, o Options, groups int) (_ *Cluster, err error) {
	c := &Cluster{o: o, configured: groups}
	defer func() {
		if err != nil {
			err = fmt.Errorf("%w%s", err, c.Said())
			c.Close()
		}
	}()
	if c.scratch, err = nodeprocess.NewScratch("cachegopher-cluster"); err != nil {
		return nil, err
	}
	c.folder = c.scratch.Path
	free, err := nodeprocess.FreeAddresses(1)
	if err != nil {
		return nil, err
	}
	c.Etcd = nodeprocess.Etcd{Program: o.Etcd, Address: free[0], Data: filepath.Join(c.folder, "etcd")}
	for range groups {
		if _, err := c.add(); err != nil {
			return nil, err
		}
	}
	if err := c.Etcd.Start(); err != nil {
		return nil, err
	}
	if err := c.Configure(); err != nil {
		return nil, err
	}
	for _, g := range c.Groups {
		for i := range g.Nodes {
			if err := g.Run(i); err != nil {
				return nil, err
			}
		}
	}
	return c, c.InStep(ctx)
}

// add prepares the next group.
func (c *Cluster) add() (*nodeprocess.Group, error) {
	name := string(rune('a' + len(c.Groups)))
	g, err := nodeprocess.New(nodeprocess.Options{Program: c.o.Node, Secondaries: size - 1, Output: c.o.Output, Folder: filepath.Join(c.folder, name)})
	if err != nil {
		return nil, err
	}
	for i, n := range g.Nodes {
		n.ID = fmt.Sprint(name, i+1)
	}
	joins := len(c.Groups) >= c.configured
	g.Args = func(i int) ([]string, error) { return c.args(g.Nodes[i], name, joins), nil }
	c.Groups = append(c.Groups, g)
	return g, nil
}

// args returns the arguments of a node.
func (c *Cluster) args(n *nodeprocess.Node, group string, joins bool) []string {
	all := []string{"--config", n.Config, "--server-id", n.ID}
	if joins {
		all = append(all, "--join", "--new-group", "--group", group, "--address", n.Address)
	}
	if c.o.Recover {
		all = append(all, "--recover")
	}
	return all
}

// Name returns the name of a group.
func Name(g *nodeprocess.Group) string { return g.Nodes[0].ID[:1] }

// Join starts a further group, whose nodes are in no config.
func (c *Cluster) Join(ctx context.Context) (*nodeprocess.Group, error) {
	g, err := c.add()
	if err != nil {
		return nil, err
	}
	if err := c.Configure(); err != nil {
		return nil, err
	}
	for i := range g.Nodes {
		if err := g.Run(i); err != nil {
			return nil, err
		}
	}
	if _, err = g.InStep(ctx); err != nil { // on a busy machine a group that nobody knows may take longer to be founded
		_, err = g.InStep(ctx)
	}
	return g, err
}

// Nodes returns the nodes of all groups.
func (c *Cluster) Nodes() (all []*nodeprocess.Node) {
	for _, g := range c.Groups {
		all = append(all, g.Nodes...)
	}
	return all
}

// InStep waits until each group has a primary whose secondaries have everything.
func (c *Cluster) InStep(ctx context.Context) error {
	for _, g := range c.Groups {
		if _, err := g.InStep(ctx); err != nil {
			return err
		}
	}
	return nil
}

// Said returns the last output of the nodes, for an error.
func (c *Cluster) Said() string {
	var b strings.Builder
	for _, g := range c.Groups {
		b.WriteString(g.Said())
	}
	return b.String()
}

// Close kills all processes and removes their files.
func (c *Cluster) Close() {
	for _, g := range c.Groups {
		g.Close()
	}
	c.Etcd.Kill()
	if c.scratch != nil {
		c.scratch.Remove() //nolint:errcheck // a temporary folder
	}
}
