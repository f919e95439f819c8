//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
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
	return eventually(ctx, limit, func() error {
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

// fullSyncs is how many the primary began since its start.
func (g *group) fullSyncs(ctx context.Context) (int, error) {
	text, err := infoField(ctx, g.nodes[0].address, "sync_full")
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(text)
}

// convergeWithin is how long a group may take after its faults are over.
const convergeWithin = 10 * time.Second

// onGroup does an attack on a group of its own.
func (e *engine) onGroup(ctx context.Context, f *field, a *attack, o *outcome) error {
	e.nodes++
	f.folder = filepath.Join(e.folder, fmt.Sprintf("group%d-%v", e.nodes, e.raced))
	defer os.Remove(f.folder) //nolint:errcheck // it stays when nodes wrote there
	g, err := newGroup(ctx, e.programs, f.folder, e.raced, a.settings, e.seed, f.extra...)
	if err != nil {
		return fmt.Errorf("a group to attack: %w", err)
	}
	f.group, f.node = g, g.nodes[0]
	before, err := g.counts(ctx)
	if err == nil {
		err = e.withClients(ctx, f, a, o)
	}
	if err == nil {
		began := time.Now()
		err = eventually(ctx, e.span(convergeWithin, 3*convergeWithin), func() error { return g.equal(ctx) })
		if err != nil {
			err = fmt.Errorf("not equal: %w", err)
		} else {
			f.notes.add("equal after %s", show(int64(time.Since(began))))
			err = g.asBefore(ctx, before, e.raced)
		}
	}
	return errors.Join(err, g.stop())
}

// counts reads what all nodes have, by process.
func (g *group) counts(ctx context.Context) (map[int]counters, error) {
	all := map[int]counters{}
	for _, n := range g.nodes {
		c, err := count(ctx, n)
		if err != nil {
			return nil, err
		}
		all[n.pid()] = c
	}
	return all, nil
}

// asBefore waits until the processes that survived use no more than before.
func (g *group) asBefore(ctx context.Context, before map[int]counters, raced bool) error {
	for _, n := range g.nodes {
		was, lived := before[n.pid()]
		if !lived {
			continue
		}
		err := eventually(ctx, settleLimit, func() error {
			now, err := count(ctx, n)
			if err != nil {
				return err
			}
			now.resident = 0 // a primary's log grows to its bound
			if what := left(was, now, raced); what != "" {
				return errors.New(what + " are left")
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// withClients does the attack while clients write to the primary and read from all, and heals the group.
func (e *engine) withClients(ctx context.Context, f *field, a *attack, o *outcome) error {
	plan := politePlan{Write: f.group.nodes[0].address, Clients: 4, Rate: politeRate, Seed: e.seed}
	for _, n := range f.group.nodes {
		plan.Read = append(plan.Read, n.address)
	}
	p, err := startPolite(e.programs, plan)
	if err != nil {
		return err
	}
	defer p.stop()
	if err := p.working(ctx, plan.Clients*(1+len(plan.Read))); err != nil {
		return err
	}
	if err := sleep(ctx, e.span(time.Second, 200*time.Millisecond)); err != nil {
		return err
	}
	if o.Calm, err = p.take(); err != nil {
		return err
	}
	f.node.resetPeak()
	before, began := f.node.resident(), time.Now()
	limit, cancel := a.bound(ctx)
	f.ctx = limit
	err = a.run(f)
	cancel()
	err = errors.Join(err, f.group.heal())
	o.Took = time.Since(began)
	o.Memory = memory{before, f.node.peak(), f.node.resident()}
	var more error
	if o.During, more = p.take(); more != nil {
		return errors.Join(err, more)
	}
	// Clients go on in a group that is whole.
	err = errors.Join(err, sleep(ctx, e.span(time.Second, 200*time.Millisecond)))
	o.After, more = p.take()
	return errors.Join(err, more)
}

// someNode is any of the group.
func (g *group) someNode(r *rand.Rand) *node { return g.nodes[r.IntN(len(g.nodes))] }

// someProxy is any of the group.
func (g *group) someProxy(r *rand.Rand) *netfault.Proxy { return g.proxies[r.IntN(len(g.proxies))] }
