//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/cachegopher/cachegopher/internal/netfault"
	"github.com/cachegopher/cachegopher/internal/nodeprocess"
)

// group is a primary, n0, and its secondaries, each a process. The primary reaches the secondaries through
// proxies; clients do not.
type group struct {
	nodes   []*node
	proxies []*netfault.Proxy // of the secondaries
	servers []nodeprocess.Member
}

// groupCommon makes faults heal fast, and a small log makes full syncs common.
func groupCommon() map[string]any {
	return map[string]any{"max_memory": 64 << 20, "replication_heartbeat": "200ms", "replication_log": "4MB", "recover_timeout": 10}
}

const secondaries = 2

// newGroup prepares a group and starts it. extra are further secondaries that only the primary knows.
func newGroup(ctx context.Context, p programs, folder string, raced bool, set settings, seed uint64, extra ...nodeprocess.Member) (*group, error) {
	of, err := nodeprocess.New(nodeprocess.Options{Program: p.binary(raced), Folder: folder, Secondaries: secondaries, Admin: true})
	if err != nil {
		return nil, err
	}
	g := &group{servers: of.Members(secondaries)}
	for i, n := range of.Nodes[1:] {
		x, err := netfault.New(n.Address, seed+uint64(1+i))
		if err != nil {
			return nil, errors.Join(err, g.stop())
		}
		g.proxies = append(g.proxies, x)
		n.Via = x.Address
	}
	all := groupCommon()
	maps.Copy(all, set.common)
	set.common = all
	for i, m := range of.Nodes {
		known := of.Members(i)
		if i == 0 {
			known = append(known, extra...)
			nodeprocess.Lead(known, 0)
		}
		n, err := newNode(p, m.Folder, raced, set, m.ID, known)
		if err != nil {
			return nil, errors.Join(err, g.stop())
		}
		g.nodes = append(g.nodes, n)
	}
	for _, n := range g.nodes {
		if err := n.start(); err != nil {
			return nil, errors.Join(err, g.stop())
		}
	}
	if err := g.inStep(ctx, 30*time.Second); err != nil {
		return nil, errors.Join(err, g.stop())
	}
	return g, nil
}

// stop ends all; the error is what was wrong with a node's end or its output.
func (g *group) stop() error {
	var errs []error
	for _, n := range g.nodes {
		if n.process.Alive() {
			errs = append(errs, n.stop())
		} else if n.process != nil {
			errs = append(errs, n.faults())
		}
	}
	netfault.CloseAll(g.proxies)
	return errors.Join(errs...)
}

// heal ends all faults: proxies pass everything, all nodes run.
func (g *group) heal() error {
	for _, x := range g.proxies {
		x.Does(netfault.Fault{})
	}
	for _, n := range g.nodes {
		if !n.process.Alive() {
			if err := n.start(); err != nil {
				return err
			}
		}
		if err := n.process.Signal(syscall.SIGCONT); err != nil {
			return err
		}
	}
	return nil
}

// inStep waits until all secondaries have what the primary has, according to the primary.
func (g *group) inStep(ctx context.Context, limit time.Duration) error {
	return nodeprocess.Await(ctx, limit, often, func() error {
		for i := range secondaries {
			text, err := infoField(ctx, g.nodes[0].address, fmt.Sprint("slave", i))
			if err != nil {
				return err
			}
			if !strings.Contains(text, "state=online") {
				return fmt.Errorf("secondary %d is not in step: %s", i, text)
			}
		}
		return nil
	})
}

// equal reports how the data of nodes differ.
func (g *group) equal(ctx context.Context) error {
	var others []string
	for _, n := range g.nodes[1:] {
		others = append(others, n.address)
	}
	_, err := nodeprocess.Equal(ctx, g.nodes[0].address, others...)
	return err
}

// fullSyncs returns how many full syncs the primary has begun since its start.
func (g *group) fullSyncs(ctx context.Context) (int, error) {
	text, err := infoField(ctx, g.nodes[0].address, "sync_full")
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(text)
}

// someNode returns a random node.
func (g *group) someNode(r *rand.Rand) *node { return g.nodes[r.IntN(len(g.nodes))] }

// someProxy returns a random proxy.
func (g *group) someProxy(r *rand.Rand) *netfault.Proxy { return g.proxies[r.IntN(len(g.proxies))] }
