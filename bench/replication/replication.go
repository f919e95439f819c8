//go:build linux

// Package replication measures the cost of replication and how far secondaries lag, for CacheGopher and for
// redis-server in turn, each as one primary with two secondaries on this machine. It is the section replication of
// cachegopher-bench.
//
// Its parts, for each: CPU a write with and without secondaries, the lag until a write is visible on a secondary, a full
// sync of a million entries during writes, and a partial sync after 5 s; for CacheGopher also the event loops' share of
// the CPU, if perf is in PATH and the binary has symbols, and how fast data moves between a primary and a secondary
// without other clients.
package replication

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"github.com/cachegopher/cachegopher/bench/sut"
)

// Options say what to measure.
type Options struct {
	Binaries []string      // of CacheGopher's node, several to compare
	Redis    string        // redis-server; "": leave it out
	Rate     int           // writes a second
	Entries  int           // of the full sync
	Rounds   int           // of the parts cpu (reports medians) and loops (reports sums)
	Duration time.Duration // of each measurement
	Sizes    []string      // value sizes in bytes of the part recover
	Parts    []string
}

// run is the state that parts share.
type run struct {
	Options
	ctx   context.Context
	out   io.Writer
	lines []string // reported so far
}

// kind is one of the compared servers: a build of ours, or redis-server.
type kind struct {
	*run
	program string // name for sut.NewGroup
	binary  string
}

func (k *kind) name() string { return filepath.Base(k.binary) }

// ours reports whether it is CacheGopher.
func (k *kind) ours() bool { return k.program == "cachegopher" }

// report prints a line and keeps it.
func (k *kind) report(format string, args ...any) {
	line := fmt.Sprintf("%-12s %s", k.name(), fmt.Sprintf(format, args...))
	fmt.Fprintln(k.out, line) //nolint:errcheck // standard output is gone
	k.lines = append(k.lines, line)
}

// group prepares a primary and its secondaries.
func (k *kind) group(secondaries int) (*sut.Group, error) {
	return sut.NewGroup(k.program, secondaries, sut.Options{Binary: k.binary, Memory: 1 << 30})
}

// ended closes a group, and adds its servers' last output to an error.
func ended(g *sut.Group, err *error) {
	if *err != nil {
		*err = fmt.Errorf("%w%s", *err, g.Said())
	}
	g.Close() //nolint:errcheck // a temporary folder
}

// Run measures the parts and returns the reported lines.
func Run(ctx context.Context, o Options, out io.Writer) ([]string, error) {
	r := &run{Options: o, ctx: ctx, out: out}
	var kinds []*kind
	for _, b := range o.Binaries {
		kinds = append(kinds, &kind{r, "cachegopher", b})
	}
	if o.Redis != "" {
		kinds = append(kinds, &kind{r, "redis-server", o.Redis})
	}
	parts := map[string]func(*kind) error{"cpu": nil, "loops": (*kind).loops, "lag": (*kind).lag, "sync": (*kind).fullSync, "partial": (*kind).partialSync, "recover": (*kind).recovery}
	for _, part := range o.Parts {
		if _, ok := parts[part]; !ok {
			return nil, fmt.Errorf("--parts: unknown part %q", part)
		}
	}
	for _, part := range o.Parts {
		if part == "cpu" {
			if err := r.cpu(kinds); err != nil {
				return nil, fmt.Errorf("cpu: %w", err)
			}
			continue
		}
		for _, k := range kinds {
			if err := parts[part](k); err != nil {
				return nil, fmt.Errorf("%s, %s: %w", k.name(), part, err)
			}
		}
	}
	return r.lines, nil
}
