package sut

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cachegopher/cachegopher/internal/nodeprocess"
	"github.com/cachegopher/cachegopher/lru/policy"
)

// startWithin is how long a server may take to answer, and its secondaries to be in step.
const startWithin = 20 * time.Second

// Group is a started server, member 0, and its secondaries, each a process. They listen on free ports of
// 127.0.0.1.
type Group struct {
	*nodeprocess.Group
	program program
	opts    Options
	memory  int           // bytes allowed for each
	secure  bool          // they are loaded over TLS
	local   bool          // clients read their memory
	policy  policy.Policy // by which our nodes evict
}

// NewGroup prepares a group of the named program, for example redis-server, and starts nothing. It uses the options
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
	g := &Group{program: p, opts: o, memory: o.Memory}
	of := nodeprocess.Options{Program: binary, Secondaries: secondaries, Env: o.Env, Output: o.Output, Args: func(i int) ([]string, error) { return p.args(g, i) }}
	if len(o.Cores) > 0 {
		of.On = pinned(o.Cores)
	}
	g.Group, err = nodeprocess.New(of)
	return g, err
}

// Start starts member i, which must not be running, and returns when it answers.
func (g *Group) Start(ctx context.Context, i int) (*Target, error) {
	if err := g.Run(i); err != nil {
		return nil, err
	}
	m := g.Nodes[i]
	t := &Target{Wire: &Wire{Network: "tcp", Address: m.Address, Dialect: g.program.dialect}, PID: m.Process.PID(), Cores: g.opts.Cores}
	if g.secure {
		t.Wire.Address, t.Wire.TLS = m.Secure, anyCertificate()
	}
	return t, t.answers(ctx, m.Process)
}

// pinned starts a process on the given cores, which it inherits from the starting thread.
func pinned(cores []int) func(start func() error) error {
	return func(start func() error) error {
		if err := Pin(cores); err != nil {
			return err
		}
		return start()
	}
}

// answers waits until the server answers. If p has ended, somebody else's server answers on its port.
func (t *Target) answers(ctx context.Context, p *nodeprocess.Process) error {
	return nodeprocess.Await(ctx, startWithin, 10*time.Millisecond, func() error {
		err := t.greet(ctx)
		if !p.Alive() {
			return p.Failure()
		}
		return err
	})
}

// StartAll starts all members and returns them once the secondaries have all that the primary has.
func (g *Group) StartAll(ctx context.Context) (all []*Target, err error) {
	for i := range g.Nodes {
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

// Close ends all members and removes their files.
func (g *Group) Close() error {
	g.Stop(3 * time.Second)
	return nil
}
