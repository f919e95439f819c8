//go:build linux

// Package failover measures what clients see during a change of primary. It is the section failover of
// cachegopher-bench. It starts an etcd and a group of three nodes on this machine, has our client send requests at a
// fixed rate, and repeats each fault.
package failover

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/cachegopher/cachegopher/bench/cluster"
	"github.com/cachegopher/cachegopher/internal/nodeprocess"
)

// Options say what to measure.
type Options struct {
	Node, Etcd string        // paths of the programs
	Rows       []string      // keys of faults; nil: all
	Times      int           // that each fault is done
	Rate       int           // requests a second, half of them writes
	After      time.Duration // failover_after of the nodes
	Timeline   string        // picture of the first fault of each row; empty: none
	Verbose    io.Writer     // receives the programs' output; nil: discarded
}

// Outcome is what one fault did to clients.
type Outcome struct {
	Back     time.Duration // from the fault to the end of the first successful write that began after it
	Longest  time.Duration // of the writes due around the fault
	Requests int
	Failed   int // requests with an error
	Lost     int // acknowledged writes that the group no longer has
	Counted  int // lost writes that the nodes counted
	Changes  int // of the primary
}

// Row has the outcomes of all repetitions of a fault.
type Row struct {
	Fault    *fault
	Outcomes []Outcome
}

// Run causes the faults and returns their outcomes. It prints each to out.
func Run(ctx context.Context, o Options, out io.Writer) ([]Row, error) {
	chosen, err := choose(o.Rows)
	if err != nil {
		return nil, err
	}
	var rows []Row
	for _, f := range chosen {
		row, err := o.row(ctx, f, out)
		if err != nil {
			return rows, fmt.Errorf("%s: %w", f.name, err)
		}
		rows = append(rows, row)
		fmt.Fprintln(out, row.line()) //nolint:errcheck // standard output is gone
	}
	return rows, nil
}

// group is the only one of its cluster.
type group struct {
	*nodeprocess.Group
	in *cluster.Cluster
}

func (o *Options) start(ctx context.Context) (*group, error) {
	c, err := cluster.Start(ctx, cluster.Options{Node: o.Node, Etcd: o.Etcd, After: o.After, Output: o.Verbose}, 1)
	if err != nil {
		return nil, err
	}
	return &group{c.Groups[0], c}, nil
}

// row repeats one fault, on a cluster of its own.
func (o *Options) row(ctx context.Context, f *fault, out io.Writer) (row Row, err error) {
	row.Fault = f
	c, err := o.start(ctx)
	if err != nil {
		return row, err
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("%w%s", err, c.Said())
		}
		c.in.Close()
	}()
	for n := range o.Times {
		result, err := o.once(ctx, c, f, n == 0)
		if err != nil {
			return row, fmt.Errorf("time %d: %w", n+1, err)
		}
		row.Outcomes = append(row.Outcomes, result)
		fmt.Fprintf(out, "%s %d/%d: %+v\n", f.name, n+1, o.Times, result) //nolint:errcheck // standard output is gone
	}
	return row, nil
}

// calm is how long requests are sent before and after a fault.
const calm = time.Second

// once causes the fault once, under load.
func (o *Options) once(ctx context.Context, c *group, f *fault, first bool) (Outcome, error) {
	before, err := c.InStep(ctx)
	if err != nil {
		return Outcome{}, err
	}
	counted := c.in.Counted()
	l, err := startLoad(c.Nodes[0].Config, o.Rate)
	if err != nil {
		return Outcome{}, err
	}
	defer l.stop()
	pause(ctx, calm)
	if err := l.during(f.planned, func() error { return f.do(ctx, c, before) }); err != nil {
		return Outcome{}, err
	}
	if err := l.untilBack(ctx); err != nil {
		return Outcome{}, err
	}
	pause(ctx, calm)
	if err := f.mend(ctx, c, before); err != nil {
		return Outcome{}, err
	}
	after, err := c.InStep(ctx)
	if err != nil {
		return Outcome{}, err
	}
	l.stop()
	result := l.outcome()
	if result.Lost, err = l.lost(ctx); err != nil {
		return result, err
	}
	result.Counted = c.in.Counted().Since(counted)
	if after != before {
		result.Changes = 1
	}
	if first && o.Timeline != "" {
		return result, l.draw(o.Timeline, f.name)
	}
	return result, nil
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
