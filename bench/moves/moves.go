//go:build linux

// Package moves measures what clients see while slots move between groups, and checks that nothing is lost when nodes, etcd
// and the command line are killed or stopped meanwhile. It is the section moves of cachegopher-bench. It starts an etcd and
// three groups of three nodes on this machine, and clients that know what each key's value must be.
package moves

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/cachegopher/cachegopher/bench/sut"
)

// Options say what to measure.
type Options struct {
	Node, Etcd, CLI string        // paths of the programs
	Schemes         sut.Schemes   // go-redis is used if it is among them
	Parts           []string      // of Parts; nil: all
	Keys            int           // of the measured rebalance
	MoveRate        string        // the nodes' move_rate; empty: the default
	Rate            int           // requests a second of it
	Calm            time.Duration // in which requests are made before and after it
	Kills           int
	KillKeys        int           // of the other trials
	KillRate        int           // requests a second of them
	Seed            uint64        // of the kills
	After           time.Duration // failover_after of the nodes
	Verbose         io.Writer     // receives the programs' output; nil: discarded
}

// Parts are the names of what can be measured.
var Parts = []string{"grow", "change", "kill"}

// Report is what was measured.
type Report struct {
	Limits []Limit // of the measured rebalance
	Trials []Trial
}

// Reached reports whether all is within its limits, and else names the rows that are not.
func (r *Report) Reached() error {
	var missed []string
	for _, l := range r.Limits {
		if l.Missed {
			missed = append(missed, fmt.Sprintf("%s: %s, at most %s", l.What, l.Measured, l.AtMost))
		}
	}
	for _, t := range r.Trials {
		for _, p := range t.Problems {
			missed = append(missed, t.Name+": "+p)
		}
	}
	if len(missed) > 0 {
		return fmt.Errorf("not within the limits: %s", join(missed))
	}
	return nil
}

// Run measures the parts. It prints progress to out.
func Run(ctx context.Context, o Options, out io.Writer) (r Report, err error) {
	for _, p := range o.Parts {
		if !slices.Contains(Parts, p) {
			return r, fmt.Errorf("--parts: there is no part %q; there are %v", p, Parts)
		}
	}
	has := func(part string) bool { return len(o.Parts) == 0 || slices.Contains(o.Parts, part) }
	if has("grow") {
		if r.Limits, err = o.grow(ctx, out); err != nil {
			return r, fmt.Errorf("grow: %w", err)
		}
	}
	if has("change") {
		trials, err := o.changes(ctx, out)
		r.Trials = append(r.Trials, trials...)
		if err != nil {
			return r, err
		}
	}
	if has("kill") {
		trials, err := o.kills(ctx, out)
		r.Trials = append(r.Trials, trials...)
		if err != nil {
			return r, err
		}
	}
	return r, nil
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
