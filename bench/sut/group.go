package sut

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/cachegopher/cachegopher/internal/nodeprocess"
)

// startWithin is how long a server may take to answer, and its secondaries to be in step.
const startWithin = 20 * time.Second

// Group is a server that is started here, member 0, and its secondaries, each a process. They listen on free ports of
// 127.0.0.1.
type Group struct {
	program program
	opts    Options
	binary  string
	folder  string // for their files
	memory  int    // bytes that each may take
	secure  bool   // they listen with TLS as well, and are loaded there
	members []*groupMember
}

type groupMember struct {
	address string
	via     string // where other members reach it
	secure  string // with TLS
	process *nodeprocess.Process
}

// NewGroup prepares a group of the program called name, such as redis-server, and starts nothing. It uses the options
// Cores, Memory, Node, Binary, Env and Output. Close must be called.
func NewGroup(name string, secondaries int, o Options) (*Group, error) {
	p, ok := programs[name]
	if !ok {
		return nil, errors.New("there are spawn:cachegopher, redis-server, memcached, valkey-server and pogocache")
	}
	if secondaries > 0 && !p.replicates {
		return nil, fmt.Errorf("secondaries: %s has none", name)
	}
	binary, err := findBinary(name, p, o)
	if err != nil {
		return nil, err
	}
	free, err := FreeAddresses(2 * (1 + secondaries))
	if err != nil {
		return nil, err
	}
	g := &Group{program: p, opts: o, binary: binary, memory: o.Memory}
	for i := range 1 + secondaries {
		g.members = append(g.members, &groupMember{address: free[2*i], via: free[2*i], secure: free[2*i+1]})
	}
	g.folder, err = os.MkdirTemp("", "cachegopher-bench")
	return g, err
}

// Address is where member i listens.
func (g *Group) Address(i int) string { return g.members[i].address }

// Via makes members that start later reach member i at another address, such as a proxy's.
func (g *Group) Via(i int, address string) { g.members[i].via = address }

// Start starts member i, which must not be running, and returns when it answers.
func (g *Group) Start(ctx context.Context, i int) (*Target, error) {
	m := g.members[i]
	args, err := g.program.args(g, i)
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(g.binary, args...)
	cmd.Dir, cmd.Env = g.folder, append(os.Environ(), g.opts.Env...)
	if g.opts.Output != nil {
		cmd.Stdout, cmd.Stderr = g.opts.Output, g.opts.Output
	}
	var on func(start func() error) error
	if len(g.opts.Cores) > 0 {
		on = pinned(g.opts.Cores)
	}
	if m.process, err = nodeprocess.Launch(cmd, on); err != nil {
		return nil, err
	}
	t := &Target{Wire: &Wire{Network: "tcp", Address: m.address, Dialect: g.program.dialect}, PID: m.process.PID(), Cores: g.opts.Cores}
	if g.secure {
		t.Wire.Address, t.Wire.TLS = m.secure, anyCertificate()
	}
	return t, t.answers(ctx, m.process)
}

// pinned starts a process on the given cores: it inherits them from the thread that starts it.
func pinned(cores []int) func(start func() error) error {
	return func(start func() error) error {
		if err := Pin(cores); err != nil {
			return err
		}
		return start()
	}
}

// answers waits until the server answers.
func (t *Target) answers(ctx context.Context, p *nodeprocess.Process) error {
	for end := time.Now().Add(startWithin); ; {
		err := t.greet(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-p.Ended():
			return p.Failure()
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(10 * time.Millisecond):
		}
		if time.Now().After(end) {
			return fmt.Errorf("it does not answer %s after its start: %w", startWithin, err)
		}
	}
}

// StartAll starts all members and returns them when the secondaries have all that the primary has.
func (g *Group) StartAll(ctx context.Context) (all []*Target, err error) {
	for i := range g.members {
		t, err := g.Start(ctx, i)
		if err != nil {
			return nil, err
		}
		all = append(all, t)
	}
	if n := len(all) - 1; n > 0 {
		err = all[0].InStep(ctx, n, startWithin, 0)
	}
	return all, err
}

// Kill ends member i as kill -9 does.
func (g *Group) Kill(i int) { g.members[i].process.Kill() }

// Said is the last output of the members, for an error.
func (g *Group) Said() string {
	var b strings.Builder
	for _, m := range g.members {
		if m.process != nil && m.process.Said.String() != "" {
			fmt.Fprintf(&b, "\n%s said:\n%s", m.address, m.process.Said.String())
		}
	}
	return b.String()
}

// Close ends all members and removes their files.
func (g *Group) Close() error {
	for _, m := range g.members {
		if m.process != nil {
			m.process.Stop(3 * time.Second)
		}
	}
	return os.RemoveAll(g.folder)
}
