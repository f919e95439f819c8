//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/cachegopher/cachegopher/internal/nodeprocess"
)

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
		err = nodeprocess.Await(ctx, e.span(convergeWithin, 3*convergeWithin), often, func() error { return g.equal(ctx) })
		if err != nil {
			err = fmt.Errorf("not equal: %w", err)
		} else {
			f.notes.add("equal after %s", show(int64(time.Since(began))))
			err = g.asBefore(ctx, before, e.raced)
		}
	}
	return errors.Join(err, g.stop())
}

// counts reads the counters of all nodes, by process id.
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
		err := nodeprocess.Await(ctx, settleLimit, often, func() error {
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
	// Clients continue on the healed group.
	err = errors.Join(err, sleep(ctx, e.span(time.Second, 200*time.Millisecond)))
	o.After, more = p.take()
	return errors.Join(err, more)
}
