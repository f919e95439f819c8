package nodeprocess

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Options configure a group.
type Options struct {
	Program     string         // path of the node's program; empty: it is built for the first group and removed after the last one
	Secondaries int            // number of secondaries
	Sections    map[string]any // of the nodes' configs, beside "servers"
	Folder      string         // for the nodes' folders; empty: a temporary one, which Close removes
	Admin       bool           // nodes have an admin_address

	// Args are the arguments of a program that is not the node.
	Args   func(i int) ([]string, error)
	Env    []string                       // NAME=value, beside this process's
	Output io.Writer                      // receives the programs' output; nil: Process.Said keeps its end
	On     func(start func() error) error // see Launch
}

// Group is a primary, n0, and its secondaries, n1 and on. All of them listen on free ports of 127.0.0.1.
type Group struct {
	Options
	Nodes []*Node

	scratch *Scratch // Folder, if it is temporary
	built   bool     // Program was built for the group
}

// Node is one process of a group.
type Node struct {
	Member
	Via     string   // address at which the primary reaches it, for example a proxy's; empty: its own
	Folder  string   // its working folder
	Config  string   // path of its config file
	Process *Process // nil before it is started
}

// Start starts a group with this number of secondaries, and returns when it serves and the secondaries follow the
// primary. Close must be called.
func Start(secondaries int) (g *Group, err error) {
	for range 3 { // another process may take a port between its choice and its use
		if g, err = New(Options{Secondaries: secondaries, Sections: map[string]any{"common": map[string]any{"max_memory": "64MB"}}}); err != nil {
			return nil, err
		}
		if err = g.StartAll(context.Background()); err == nil {
			return g, nil
		}
		g.Close()
	}
	return nil, err
}

// New prepares a group and starts nothing. Close must be called.
func New(o Options) (g *Group, err error) {
	g = &Group{Options: o}
	defer func() {
		if err != nil {
			g.Close()
		}
	}()
	if g.built = o.Program == ""; g.built {
		if g.Program, err = node.acquire(); err != nil {
			g.built = false
			return g, err
		}
	} else if g.Program, err = filepath.Abs(o.Program); err != nil { // it starts in another folder
		return g, err
	}
	if o.Folder == "" {
		if g.scratch, err = NewScratch("cachegopher-group"); err != nil {
			return g, err
		}
		g.Folder = g.scratch.Path
		g.Env = append(slices.Clone(g.Env), "TMPDIR="+g.Folder) // so that what they leave there goes with it
	}
	free, err := FreeAddresses(2 * (1 + o.Secondaries))
	if err != nil {
		return g, err
	}
	for i := range 1 + o.Secondaries {
		n := &Node{Member: Member{ID: fmt.Sprint("n", i), Address: free[2*i]}}
		if o.Admin {
			n.Admin = free[2*i+1]
		}
		n.Folder = filepath.Join(g.Folder, n.ID)
		n.Config = filepath.Join(n.Folder, "cacheGopherConfig.json")
		g.Nodes = append(g.Nodes, n)
		if err := os.MkdirAll(n.Folder, 0o755); err != nil {
			return g, err
		}
	}
	return g, nil
}

// Members returns the group's members as in node i's config.
func (g *Group) Members(i int) (all []Member) {
	for _, n := range g.Nodes {
		m := n.Member
		if i == 0 && n.Via != "" {
			m.Address = n.Via
		}
		all = append(all, m)
	}
	Lead(all, 0)
	return all
}

// WriteConfigs writes the config of each node.
func (g *Group) WriteConfigs() error {
	for i, n := range g.Nodes {
		if err := WriteConfig(n.Config, g.Members(i), g.Sections); err != nil {
			return err
		}
	}
	return nil
}

// StartAll writes all configs, starts all nodes, and returns when they are in step.
func (g *Group) StartAll(ctx context.Context) error {
	if err := g.WriteConfigs(); err != nil {
		return err
	}
	for i := range g.Nodes {
		if err := g.Run(i); err != nil {
			return err
		}
	}
	_, err := g.InStep(ctx)
	return err
}

// Run starts node i without waiting until it serves.
func (g *Group) Run(i int) (err error) {
	n := g.Nodes[i]
	args := []string{"--config", n.Config, "--server-id", n.ID}
	if g.Args != nil {
		if args, err = g.Args(i); err != nil {
			return err
		}
	}
	command := exec.Command(g.Program, args...)
	command.Dir, command.Env = n.Folder, slices.Concat(os.Environ(), g.Env)
	if g.Output != nil {
		command.Stdout, command.Stderr = g.Output, g.Output
	}
	n.Process, err = Launch(command, g.On)
	return err
}

// Kill ends the node as kill -9 does, if it was started.
func (n *Node) Kill() {
	if n.Process != nil {
		n.Process.Kill()
	}
}

// Said returns the last output of the programs, for an error.
func (g *Group) Said() string {
	var b strings.Builder
	for _, n := range g.Nodes {
		if n.Process != nil && n.Process.Said.String() != "" {
			fmt.Fprintf(&b, "\n%s said:\n%s", n.ID, n.Process.Said.String())
		}
	}
	return b.String()
}

// Stop is Close for programs that should end by themselves: it interrupts them, and kills those that have not ended after
// grace.
func (g *Group) Stop(grace time.Duration) {
	for _, n := range g.Nodes {
		if n.Process != nil {
			n.Process.Stop(grace)
		}
	}
	g.Close()
}

// Close kills the nodes and removes their files. A second call does nothing.
func (g *Group) Close() {
	for _, n := range g.Nodes {
		n.Kill()
	}
	if g.scratch != nil {
		g.scratch.Remove() //nolint:errcheck // a temporary folder
	}
	if g.built {
		node.release()
	}
	g.scratch, g.built = nil, false
}
