//go:build linux

// Package replication measures what replicating costs and how far secondaries are behind, for CacheGopher and for
// redis-server in turn, each as one primary with two secondaries on this machine: the section replication of
// cachegopher-bench.
//
// Its parts are, for each: CPU a write with and without secondaries, the lag until a write is visible on a secondary, a
// full sync of a million entries while writes go on, and a partial one after 5 s; for CacheGopher also what of the CPU
// the event loops take, if perf is in PATH and the binary has symbols, and how fast data moves between a primary and a
// secondary that nobody else asks for anything.
package replication

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"github.com/cachegopher/cachegopher/bench/sut"
)

// Options are what to measure.
type Options struct {
	Binaries []string      // of CacheGopher's node, several to compare
	Redis    string        // redis-server; "": leave it out
	Rate     int           // writes a second
	Entries  int           // of the full sync
	Rounds   int           // of the parts cpu, whose medians are shown, and loops, whose sums are
	Duration time.Duration // of each measurement
	Sizes    []string      // bytes of the values of the part recover
	Parts    []string
}

// run is what parts share.
type run struct {
	Options
	ctx   context.Context
	out   io.Writer
	lines []string // that were reported
}

// kind is one of those that are compared: a build of ours, or redis-server.
type kind struct {
	*run
	program string // as sut.NewGroup has it
	binary  string
}

func (k *kind) name() string { return filepath.Base(k.binary) }

// ours is true of CacheGopher.
func (k *kind) ours() bool { return k.program == "cachegopher" }

// report shows a line and keeps it.
func (k *kind) report(format string, args ...any) {
	line := fmt.Sprintf("%-12s %s", k.name(), fmt.Sprintf(format, args...))
	fmt.Fprintln(k.out, line) //nolint:errcheck // nobody is left to tell
	k.lines = append(k.lines, line)
}

// group prepares a primary and so many secondaries.
func (k *kind) group(secondaries int) (*sut.Group, error) {
	return sut.NewGroup(k.program, secondaries, sut.Options{Binary: k.binary, Memory: 1 << 30})
}

// ended closes a group, and adds to an error what its servers said last.
func ended(g *sut.Group, err *error) {
	if *err != nil {
		*err = fmt.Errorf("%w%s", *err, g.Said())
	}
	g.Close() //nolint:errcheck // a temporary folder
}

// Run measures the parts and returns the lines that it reported.
func Run(ctx context.Context, o Options, out io.Writer) ([]string, error) {
	r := &run{Options: o, ctx: ctx, out: out}
	var kinds []*kind
	for _, b := range o.Binaries {
		kinds = append(kinds, &kind{r, "cachegopher", b})
	}
	if o.Redis != "" {
		kinds = append(kinds, &kind{r, "redis-server", o.Redis})
	}
	for _, part := range o.Parts {
		if part == "cpu" {
			if err := r.cpu(kinds); err != nil {
				return nil, fmt.Errorf("cpu: %w", err)
			}
			continue
		}
		do, ok := map[string]func(*kind) error{"loops": (*kind).loops, "lag": (*kind).lag, "sync": (*kind).fullSync, "partial": (*kind).partialSync, "recover": (*kind).recovery}[part]
		if !ok {
			return nil, fmt.Errorf("unknown part %q", part)
		}
		for _, k := range kinds {
			if err := do(k); err != nil {
				return nil, fmt.Errorf("%s, %s: %w", k.name(), part, err)
			}
		}
	}
	return r.lines, nil
}
