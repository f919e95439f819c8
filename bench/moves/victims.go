//go:build linux

package moves

import (
	"context"
	"math/rand/v2"
	"syscall"

	"github.com/cachegopher/cachegopher/bench/cluster"
	"github.com/cachegopher/cachegopher/internal/nodeprocess"
)

// victim is a process that is killed or stopped while slots move.
type victim struct {
	name string
	may  tolerance
	find func(v *found)
}

// found is the process of a victim in a cluster.
type found struct {
	*trial
	giver, taker *nodeprocess.Group
	cli          *nodeprocess.Process
	rng          *rand.Rand

	group *nodeprocess.Group // of the node
	node  int
	etcd  bool
}

var victims = []victim{
	{"the giver's primary", tolerance{true, true}, func(v *found) { v.group, v.node = v.giver, v.primary(v.giver) }},
	{"the taker's primary", tolerance{true, true}, func(v *found) { v.group, v.node = v.taker, v.primary(v.taker) }},
	{"a secondary", tolerance{failures: true}, func(v *found) {
		v.group = v.Groups[v.rng.IntN(len(v.Groups))]
		v.node = (v.primary(v.group) + 1 + v.rng.IntN(len(v.group.Nodes)-1)) % len(v.group.Nodes)
	}},
	{"etcd", tolerance{failures: true}, func(v *found) { v.etcd = true }},
	{"the command line", tolerance{}, func(*found) {}},
}

// primary returns a group's primary; the first node if the group has none.
func (v *found) primary(g *nodeprocess.Group) int {
	p, err := g.InStep(context.Background())
	if err != nil {
		return 0
	}
	return p
}

func (v *found) process() *nodeprocess.Process {
	switch {
	case v.etcd:
		return v.Etcd.Process
	case v.group != nil:
		return v.group.Nodes[v.node].Process
	}
	return v.cli
}

// label names the process.
func (v *found) label() string {
	if v.group != nil {
		return ", " + v.group.Nodes[v.node].ID
	}
	return ""
}

// strike kills the process, or stops it.
func (v *found) strike(ctx context.Context, stops bool) error {
	switch p := v.process(); {
	case !p.Alive():
		return nil
	case stops:
		return cluster.Suspend(ctx, p)
	case v.etcd:
		v.Etcd.Kill()
	default:
		p.Kill()
	}
	return nil
}

// mend starts the process again, or lets it go on. The command line is not started again.
func (v *found) mend(stopped bool) error {
	switch p := v.process(); {
	case stopped && p.Alive():
		return p.Signal(syscall.SIGCONT)
	case stopped:
		return nil
	case v.etcd:
		return v.Etcd.Start()
	case v.group != nil:
		return v.group.Run(v.node)
	}
	return nil
}
